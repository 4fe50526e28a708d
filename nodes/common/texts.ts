import type { NodeAPI } from 'node-red';

import { joinSentences, printable, type HikvisionError, type TextRef } from '../../core/errors/failure.js';

/** The namespace of this package's catalogues. */
const PACKAGE = '@facecontroll/node-red-hikvision';

/** A key of a node type's catalogue with its namespace, as the editor and RED._() take it. */
export function catalogueKey(nodeType: string, key: string): string {
  return `${PACKAGE}/${nodeType}:${nodeType}.${key}`;
}

/** What a Catch node gets: an Error with the message in the server's language, and the contract's code and cause. */
export function nodeError(RED: NodeAPI, failure: HikvisionError): Error {
  const what = translate(RED, failure.what);
  const hint = translate(RED, failure.hint) ?? failure.cause.hint;
  const message = what === undefined ? failure.message : joinSentences(what, hint);
  const cause = { ...failure.cause, hint };
  // The debug sidebar shows a cause as text.
  const { terminal, gateway, operation } = cause;
  const shown = [terminal ?? gateway, operation, hint].filter(Boolean).join(' · ');
  Object.defineProperty(cause, 'toString', { value: () => shown, enumerable: false });
  const error = Object.assign(new Error(message), { code: failure.code, cause });
  // A Catch node shows toString(): without a name it is the sentence alone.
  return Object.defineProperty(error, 'name', { value: '' });
}

/** The sentence in the server's language; undefined where its catalogue has none. */
function translate(RED: NodeAPI, { catalogue, key, params }: TextRef): string | undefined {
  const name = catalogueKey(catalogue, `errors.${key}`);
  const safe = Object.fromEntries(Object.entries(params).map(([param, value]) => [param, printable(String(value))]));
  const found: unknown = RED._(name, safe);
  return typeof found === 'string' && found !== '' && !name.endsWith(found) ? found : undefined;
}
