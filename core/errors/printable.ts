/** Text from outside, safe to show: no control characters, of bounded length. */
export function printable(text: string, limit = 300): string {
  // eslint-disable-next-line no-control-regex -- control characters are what has to go
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
  return clean.length > limit ? `${clean.slice(0, limit)}…` : clean;
}
