import type { NodeAPI } from 'node-red';

import type { FailureFacts, HikvisionError, TextParams } from '../../core/errors/hikvision-error.js';
import { printable } from '../../core/errors/printable.js';
import { meaningOf } from '../../core/errors/terminal-codes.js';
import { CONNECTION_REASONS, GATEWAY_REASONS, type Reason, type TerminalAdvice } from '../../core/errors/reasons.js';
import { packageOf } from '../../core/settings/packages.js';
import eventTexts from '../access-events/locales/en-US/access-events.json';
import gatewayEventTexts from '../artemis-events/locales/en-US/artemis-events.json';
import gatewayTexts from '../artemis-config/locales/en-US/artemis-config.json';
import terminalTexts from '../isapi-config/locales/en-US/isapi-config.json';

/** Sentences about terminals, or about gateways. */
type Catalogue = 'isapi-config' | 'artemis-config';

/** A catalogue with texts that the runtime says. */
type Spoken = Catalogue | 'access-events' | 'artemis-events';

/** Names a sentence of an error catalogue (`errors.<key>`), so that it can be said in another language. */
export interface TextRef {
  catalogue: Catalogue;
  key: string;
  params: TextParams;
}

/** What a Catch node finds in `msg.error.cause`. */
interface FailureCause extends FailureFacts {
  reason: Reason;
  /** What to do, in one or two sentences. */
  hint: string;
  /** Each entry of a list that cannot be used, where one error stands for several. */
  persons?: RowFailure[];
}

interface RowFailure {
  /** Its place in the list from 1, and its number. */
  row: string;
  code: string;
  reason: Reason;
  what: string;
  hint: string;
}

/** The longest is what a terminal says itself: it names the offending field at the very end of a long sentence. */
const PARAM_CHARACTERS = 1010;
/** What is said of one entry of a list, and of all of them. */
const ROW_LABEL_CHARACTERS = 60;
const ROW_CHARACTERS = 250;
const LIST_CHARACTERS = 6510;

const ENGLISH: Record<Spoken, unknown> = {
  'access-events': eventTexts['access-events'],
  'artemis-events': gatewayEventTexts['artemis-events'],
  'isapi-config': terminalTexts['isapi-config'],
  'artemis-config': gatewayTexts['artemis-config'],
};

/** A key of a node type's catalogue with its namespace, as the editor and RED._() take it. */
export function catalogueKey(nodeType: string, key: string): string {
  return `${packageOf(nodeType)}/${nodeType}:${nodeType}.${key}`;
}

/** The sentences that say what happened and what to do, for whoever translates them. */
export function sentencesOf(failure: HikvisionError): { what: TextRef; hint: TextRef } {
  const { reason, params } = failure;
  const aboutGateway = reason in GATEWAY_REASONS || (reason in CONNECTION_REASONS && 'gateway' in failure.cause);
  const catalogue = aboutGateway ? 'artemis-config' : 'isapi-config';
  const key = textOf(failure);
  return { what: { catalogue, key: `${key}.what`, params }, hint: { catalogue, key: hintKey(failure, key), params } };
}

/** The words for people in the server's language. */
export function wordsOf(RED: NodeAPI, failure: HikvisionError): { what: string; hint: string } {
  const { what, hint } = sentencesOf(failure);
  const list = failure.items.length === 0 ? {} : { list: listOf(RED, failure) };
  return { what: said(RED, { ...what, params: { ...what.params, ...list } }), hint: said(RED, hint) };
}

/** Advice where nothing has failed, in the server's language. */
export function adviceText(RED: NodeAPI, advice: TerminalAdvice): string {
  return said(RED, { catalogue: 'isapi-config', key: `advice.${advice}`, params: {} });
}

/** What a Catch node gets: an Error with the message in the server's language, and the contract's code and cause. */
export function nodeError(RED: NodeAPI, failure: HikvisionError): Error {
  const { what, hint } = wordsOf(RED, failure);
  const persons = rowsOf(RED, failure);
  const cause: FailureCause = { ...failure.cause, hint, ...(persons.length > 0 && { persons }) };
  // The debug sidebar shows a cause as text.
  const { terminal, gateway, operation } = cause;
  const shown = [terminal ?? gateway, operation, hint].filter(Boolean).join(' · ');
  Object.defineProperty(cause, 'toString', { value: () => shown, enumerable: false });
  const error = Object.assign(new Error(`${what} ${hint}`.trim()), { code: failure.code, cause });
  // A Catch node shows toString(): without a name it is the sentence alone.
  return Object.defineProperty(error, 'name', { value: '' });
}

/** Each of the failures for which this one stands. */
function rowsOf(RED: NodeAPI, { items }: HikvisionError): RowFailure[] {
  return items.map(({ label, failure }) => {
    const { code, reason } = failure;
    return { row: printable(label, ROW_LABEL_CHARACTERS), code, reason, ...wordsOf(RED, failure) };
  });
}

/** The same in a few sentences, with how many more there are. */
function listOf(RED: NodeAPI, failure: HikvisionError): string {
  const rows = rowsOf(RED, failure).map(({ row, what }) =>
    say(RED, 'isapi-config', 'list.row', { label: row, what: printable(what, ROW_CHARACTERS) }),
  );
  const more = Number(failure.params['count']) - rows.length;
  if (more > 0) rows.push(say(RED, 'isapi-config', 'list.more', { count: more }));
  return rows.join(' ');
}

/** Where the texts of a failure stand: those of the device's own code where that is known, else those of the reason. */
function textOf({ reason, code, params }: HikvisionError): string {
  if (reason === 'gatewayRefused') return `codes.${params['meaning'] ?? 'other'}`;
  const meaning = reason === 'refused' ? meaningOf(code) : undefined;
  return meaning === undefined ? reason : `refusals.${meaning}`;
}

/** The best advice there is: what was found out, else that of the text; a code that nobody knows may call for patience. */
function hintKey({ advice, cause }: HikvisionError, key: string): string {
  if (advice !== undefined) return `advice.${advice}`;
  return key === 'refused' && cause.retryable ? 'refusals.busy.hint' : `${key}.hint`;
}

/** A sentence of an error in the server's language. */
function said(RED: NodeAPI, { catalogue, key, params }: TextRef): string {
  return say(RED, catalogue, `errors.${key}`, params);
}

/** A text of a catalogue in the server's language, or in English where that has no such text. */
export function say(RED: NodeAPI, catalogue: Spoken, key: string, params: TextParams): string {
  const name = catalogueKey(catalogue, key);
  const safe = Object.fromEntries(
    Object.entries(params).map(([param, value]) => [
      param,
      printable(String(value), param === 'list' ? LIST_CHARACTERS : PARAM_CHARACTERS),
    ]),
  );
  const found: unknown = RED._(name, safe);
  if (typeof found === 'string' && found !== '' && !name.endsWith(found)) return found;
  return (english(catalogue, key) ?? '').replace(/__(\w+?)__/g, (whole, param: string) => safe[param] ?? whole);
}

function english(catalogue: Spoken, key: string): string | undefined {
  let found: unknown = ENGLISH[catalogue];
  for (const step of key.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step)) return undefined;
    found = (found as Record<string, unknown>)[step];
  }
  return typeof found === 'string' ? found : undefined;
}
