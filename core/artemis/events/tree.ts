/** A JSON object of which nothing is known. */
export type Tree = Readonly<Record<string, unknown>>;

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first of these fields that holds a text which is not blank; a number is taken as its digits. */
export function textIn(tree: Tree, ...names: string[]): string | undefined {
  for (const name of names) {
    const value = Object.hasOwn(tree, name) ? tree[name] : undefined;
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text === 'string' && text.trim() !== '') return text.trim();
  }
  return undefined;
}

/** A whole number from 0 on, which may come as text. */
export function numberIn(tree: Tree, name: string): number | undefined {
  const text = textIn(tree, name);
  const value = text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

const TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:[.,](\d{1,3})\d*)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

/** Milliseconds since 1970 of a time as gateways write it; without an offset it is this computer's own. */
export function instantOf(time: string): number | undefined {
  const [, day, clock, fraction = '0', offset = ''] = TIME.exec(time.trim()) ?? [];
  if (day === undefined || clock === undefined) return undefined;
  const zone = offset.toUpperCase().replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
  const instant = Date.parse(`${day}T${clock}.${fraction.padEnd(3, '0')}${zone}`);
  return Number.isNaN(instant) ? undefined : instant;
}
