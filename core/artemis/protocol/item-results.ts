/**
 * The items of `data` that were not carried out although the call as a whole succeeded: door control answers with a
 * `controlResultCode` for each door, 0 where it was carried out.
 */
export function failedItems(data: unknown): Record<string, unknown>[] {
  const list = Array.isArray(data)
    ? (data as unknown[])
    : isObject(data) && Array.isArray(data['list'])
      ? data['list']
      : [];
  return list.filter(isObject).filter((item) => {
    const result = Object.entries(item).find(([name]) => /^(?:control)?resultCode$/i.test(name))?.[1];
    return result !== undefined && result !== null && result !== 0 && result !== '0';
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
