import type { IncomingHttpHeaders } from 'node:http';

/** A request as it arrived. */
export interface WireRequest {
  method: string;
  /** Path and query as they stood in the request line. */
  target: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** These have a line of their own, in this order, if they are sent; and never stand among the listed ones. */
const OWN_LINES = ['accept', 'content-md5', 'content-type', 'date'];
const NEVER_LISTED = new Set([
  ...OWN_LINES,
  ...['x-ca-signature', 'x-ca-signature-headers', 'content-length', 'server', 'connection', 'host'],
  ...['transfer-encoding', 'content-encoding'],
]);
const FORM = 'application/x-www-form-urlencoded';

/** The string that the gateway signs for what it received. */
export function stringToSign({ method, target, headers, body }: WireRequest): string {
  const own = OWN_LINES.flatMap((name) => headerOf(headers, name) ?? []);
  const listed = listedHeaders(headers).map((name) => `${name}:${headerOf(headers, name) ?? ''}`);
  return [method.toUpperCase(), ...own, ...listed, resource(target, headers, body)].join('\n');
}

/** The headers that the client says it has signed: lower-case, ascending, each once. */
export function listedHeaders(headers: IncomingHttpHeaders): string[] {
  const named = (headerOf(headers, 'x-ca-signature-headers') ?? '').split(',');
  const names = named.map((name) => name.trim().toLowerCase());
  return [...new Set(names)].filter((name) => name !== '' && !NEVER_LISTED.has(name)).sort();
}

export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return (Array.isArray(value) ? value.join(',') : value)?.trim();
}

/** Path and fields, those of the query and of a form together, not percent-encoded. */
function resource(target: string, headers: IncomingHttpHeaders, body: Buffer): string {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const isForm = (headerOf(headers, 'content-type') ?? '').toLowerCase().startsWith(FORM);
  const fields = [
    ...(mark < 0 ? [] : fieldsOf(target.slice(mark + 1), plain)),
    ...(isForm ? fieldsOf(body.toString('utf8'), (text) => plain(text.replaceAll('+', ' '))) : []),
  ].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
  const pairs = fields.map(([name, value]) => (value === undefined ? name : `${name}=${value}`));
  return pairs.length === 0 ? plain(path) : `${plain(path)}?${pairs.join('&')}`;
}

function fieldsOf(text: string, decoded: (part: string) => string): [string, string | undefined][] {
  return text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? [decoded(pair), undefined] : [decoded(pair.slice(0, at)), decoded(pair.slice(at + 1))];
    });
}

/** Percent-decoded where that is possible. */
export function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
