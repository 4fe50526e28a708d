import { XMLParser, XMLValidator } from 'fast-xml-parser';

import { jsonExcess, MOST_LEVELS, type Excess } from '../../http/document-limits.js';

/** A JSON or XML body as a tree. In XML every value is text, so that `000123` stays what it is. */
export interface IsapiDocument {
  format: 'json' | 'xml';
  /** Name of the XML root or of the only key of a JSON object; '' where there is no such. */
  root: string;
  /** What the root holds; attributes carry the prefix `@`. */
  content: Tree;
}

export type Tree = Record<string, unknown>;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  textNodeName: '#text',
  parseTagValue: false,
  parseAttributeValue: false,
  removeNSPrefix: true,
  htmlEntities: true,
  maxNestedTags: MOST_LEVELS,
});

/** Longer XML (bytes) is no document of a terminal, and reading it would hold up everything else. */
const MAX_XML_BYTES = 1024 * 1024;
/** `<`, `&` and `=`, each of which costs the parser some microseconds. A terminal's longest document has some thousand. */
const MOST_XML_MARKS = 15_000;

/** The first bytes show what a body is: terminals write no more blanks than that before it. */
const HEAD_BYTES = 256;
const STARTS: Readonly<Record<number, string>> = { 0x7b: '{', 0x5b: '[', 0x3c: '<' };

/** Reads a body by its first non-blank character, since the Content-Type lies; undefined where it is no document. */
export function readDocument(body: Buffer): IsapiDocument | undefined {
  const read = readBounded(body);
  return typeof read === 'string' ? undefined : read;
}

/** As `readDocument`; but says so where a document is one that is too much for Node-RED. */
export function readBounded(body: Buffer): IsapiDocument | Excess | undefined {
  const first = STARTS[body[0] ?? 0] ?? headOf(body).charAt(0);
  if (first === '{' || first === '[') return jsonExcess(body) ?? readJson(body.toString('utf8').trim());
  if (first !== '<' || body.length > MAX_XML_BYTES) return undefined;
  return hasTooManyMarks(body) ? 'tooManyValues' : readXml(body.toString('utf8').trim());
}

function hasTooManyMarks(xml: Buffer): boolean {
  let marks = 0;
  for (const byte of xml) if (byte === 0x3c || byte === 0x26 || byte === 0x3d) marks += 1;
  return marks > MOST_XML_MARKS;
}

/** How a body begins, behind blanks and byte order marks, which trimStart() takes away too. */
export function headOf(body: Buffer): string {
  return body.toString('utf8', 0, HEAD_BYTES).trimStart();
}

function readJson(text: string): IsapiDocument | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isTree(value)) return { format: 'json', root: '', content: { items: value } };
  const keys = Object.keys(value);
  const root = keys[0];
  const inner = keys.length === 1 && root !== undefined ? value[root] : undefined;
  return root !== undefined && isTree(inner)
    ? { format: 'json', root, content: inner }
    : { format: 'json', root: '', content: value };
}

function readXml(text: string): IsapiDocument | Excess | undefined {
  let tree: unknown;
  try {
    // parse() alone silently accepts truncated XML, HTML and more.
    if (XMLValidator.validate(text) !== true) return undefined;
    tree = parser.parse(text);
  } catch (error) {
    return error instanceof Error && error.message.includes('nested tags') ? 'tooDeep' : undefined;
  }
  if (!isTree(tree)) return undefined;
  const root = Object.keys(tree).find((key) => !key.startsWith('?'));
  if (root === undefined || root.toLowerCase() === 'html') return undefined;
  const content = tree[root];
  return { format: 'xml', root, content: isTree(content) ? content : { '#text': content } };
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A child by name, whatever the case of its first letter. */
export function child(tree: Tree, name: string): unknown {
  if (Object.hasOwn(tree, name)) return tree[name];
  const initial = name.charAt(0);
  const capital = initial.toUpperCase();
  if (capital === initial) return undefined;
  const capitalised = capital + name.slice(1);
  return Object.hasOwn(tree, capitalised) ? tree[capitalised] : undefined;
}

/** A child as text; undefined where it is absent or not a plain value. An element with attributes gives its text. */
export function text(tree: Tree, name: string): string | undefined {
  const value = child(tree, name);
  const plain = isTree(value) ? value['#text'] : value;
  return typeof plain === 'string' || typeof plain === 'number' || typeof plain === 'boolean'
    ? String(plain)
    : undefined;
}

/** A child as a number; undefined where it is none. */
export function number(tree: Tree, name: string): number | undefined {
  const value = text(tree, name)?.trim();
  if (value === undefined || value === '') return undefined;
  const parsed = Number(value);
  return Number.isFinite(parsed) ? parsed : undefined;
}

/** A child as a list: absent gives [], one element gives a list of one. */
export function list(tree: Tree, name: string): unknown[] {
  const value = child(tree, name);
  if (value === undefined || value === null || value === '') return [];
  return Array.isArray(value) ? value : [value];
}

/** The first element of that name anywhere in the tree, searched no deeper than terminals nest. */
export function find(tree: Tree, name: string, depth = 8): unknown {
  const here = child(tree, name);
  if (here !== undefined || depth === 0) return here;
  for (const value of Object.values(tree)) {
    const inner = isTree(value) ? find(value, name, depth - 1) : undefined;
    if (inner !== undefined) return inner;
  }
  return undefined;
}
