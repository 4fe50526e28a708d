import { child, isTree, number, readDocument, text, type IsapiDocument, type Tree } from '../../protocol/document.js';

/** What a part of the stream tells of an event: enough to know that the log is worth reading. */
export interface Hint {
  /** The terminal's own number of the event. */
  serial?: number;
  major?: number;
  minor?: number;
  /** False for one that is sent once more after a connect; undefined where the terminal does not say. */
  current: boolean | undefined;
  /** As the terminal wrote it. */
  deviceTime?: string;
  /** Who did it over the network, as in a login (3-112): `netUser`. */
  user?: string;
  /** The serial of the event before. */
  frontSerialNo?: number;
  /** A JPEG. */
  picture?: Buffer;
}

/** What a document of the stream is. */
export type Alert =
  | { kind: 'heartbeat' }
  /** `picturesToCome` where the document says how many pictures follow it. */
  | { kind: 'event'; hint: Hint; picturesToCome: number | undefined }
  /** Of no interest, but the terminal is alive. */
  | { kind: 'other' };

const OTHER: Alert = { kind: 'other' };
const LONGEST_TEXT = 128;
/** An ampersand that begins no entity: some firmware writes names as they are. */
const BARE_AMPERSAND = /&(?!(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{1,31});)/gi;

/** Reads one document of the stream, JSON or XML, with or without the root `EventNotificationAlert`. */
export function readAlert(body: Buffer): Alert {
  const document = readLeniently(body);
  if (!document) return OTHER;
  const wrapped = child(document.content, 'EventNotificationAlert');
  const alert = isTree(wrapped) ? wrapped : document.content;
  if (document.root === 'AccessControllerEvent') return { kind: 'event', ...eventOf(alert, alert) };
  const event = inner(alert, 'AccessControllerEvent');
  if (event) return { kind: 'event', ...eventOf(event, alert) };
  const call = inner(alert, 'VoiceTalkEvent');
  // Whether it counts with the same numbers as the log is not known.
  if (call) return { kind: 'event', hint: { current: currentOf(call, alert) }, picturesToCome: undefined };
  return isHeartbeat(alert) ? { kind: 'heartbeat' } : OTHER;
}

function readLeniently(body: Buffer): IsapiDocument | undefined {
  const document = readDocument(body);
  if (document || body.indexOf(0x26) < 0 || body.indexOf(0x3c) < 0) return document;
  return readDocument(Buffer.from(body.toString('utf8').replace(BARE_AMPERSAND, '&amp;')));
}

/** An object of the alert; some write it as a text that holds a document. */
function inner(alert: Tree, name: string): Tree | undefined {
  const value = child(alert, name);
  if (isTree(value)) return value;
  return typeof value === 'string' && value.trimStart().startsWith('{')
    ? readDocument(Buffer.from(value))?.content
    : undefined;
}

function eventOf(event: Tree, alert: Tree): { hint: Hint; picturesToCome: number | undefined } {
  const hint: Hint = { current: currentOf(event, alert) };
  const set = <K extends keyof Hint>(name: K, value: Hint[K] | undefined): void => {
    if (value !== undefined) hint[name] = value;
  };
  set('serial', whole(event, 'serialNo'));
  set('major', whole(event, 'majorEventType') ?? whole(event, 'major'));
  set('minor', whole(event, 'subEventType') ?? whole(event, 'minor'));
  set('frontSerialNo', whole(event, 'frontSerialNo'));
  set('deviceTime', short(alert, 'dateTime') ?? short(event, 'dateTime') ?? short(event, 'time'));
  set('user', short(event, 'netUser'));
  return { hint, picturesToCome: whole(event, 'picturesNumber') };
}

/** It stands in the event (K1T344MBFWX-E V4.47.0), on some at the root. */
function currentOf(event: Tree, alert: Tree): boolean | undefined {
  const said = (text(event, 'currentEvent') ?? text(alert, 'currentEvent'))?.trim().toLowerCase();
  if (said === 'true' || said === '1') return true;
  return said === 'false' || said === '0' ? false : undefined;
}

/** By the manual `heartBeat`; in the field mostly an alert about nothing: `videoloss`, inactive. */
function isHeartbeat(alert: Tree): boolean {
  const type = text(alert, 'eventType')?.trim().toLowerCase();
  return (
    type === 'heartbeat' || (type === 'videoloss' && text(alert, 'eventState')?.trim().toLowerCase() === 'inactive')
  );
}

function whole(tree: Tree, name: string): number | undefined {
  const value = number(tree, name);
  return value !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function short(tree: Tree, name: string): string | undefined {
  const value = text(tree, name)?.trim();
  return value === undefined || value === '' ? undefined : value.slice(0, LONGEST_TEXT);
}
