import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { ISAPI_NAMESPACE, refuse } from './replies.js';

export type JsonObject = Record<string, unknown>;

// Prefixes are kept: with removeNSPrefix the parser drops `xmlns` too, and the namespace is what is checked here.
const xmlParser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  htmlEntities: true,
});

/**
 * The children of an XML request body with this root, as text.
 * @param versioned the root must be of version 2.0 in the ISAPI namespace, as CaptureFaceDataCond is
 * @throws Refusal badXmlFormat for what is no XML, badParameters for another document
 */
export function readXml(body: Buffer, root: string, versioned: boolean): Record<string, string> {
  const text = body.toString('utf8');
  if (text.trim() === '' || XMLValidator.validate(text) !== true) throw refuse(5, 'badXmlFormat');
  let document: unknown;
  try {
    document = xmlParser.parse(text);
  } catch {
    throw refuse(5, 'badXmlFormat');
  }
  const element = isObject(document) ? document[root] : undefined;
  if (!isObject(element)) throw refuse(6, 'badParameters', root);
  if (versioned && element['@xmlns'] !== ISAPI_NAMESPACE) throw refuse(6, 'badParameters', 'xmlns');
  if (versioned && element['@version'] !== '2.0') throw refuse(6, 'badParameters', 'version');
  const children: Record<string, string> = {};
  for (const [name, value] of Object.entries(element)) {
    if (name.startsWith('@') || name === '#text') continue;
    if (typeof value !== 'string') throw refuse(6, 'badParameters', name);
    children[name] = value.trim();
  }
  return children;
}

/**
 * The object under `key` of a JSON request body, or the body itself without a key.
 * @throws Refusal badJsonFormat for what is no JSON object, MessageParametersLack without the key, badJsonContent if it is no object
 */
export function readJson(body: Buffer, key?: string): JsonObject {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw refuse(5, 'badJsonFormat');
  }
  if (!isObject(document)) throw refuse(5, 'badJsonFormat');
  if (key === undefined) return document;
  const value = document[key];
  if (value === undefined) throw refuse(6, 'MessageParametersLack', key);
  if (!isObject(value)) throw refuse(6, 'badJsonContent', key);
  return value;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
