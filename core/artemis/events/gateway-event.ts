import type { HikvisionError } from '../../errors/hikvision-error.js';
import { printable } from '../../errors/printable.js';
import { KNOWN_TYPES, type GatewayEventKind } from '../../settings/gateway-events.js';
import { instantOf, isTree, numberIn, textIn, type Tree } from './tree.js';

/** One event, as a flow gets it but for the words (`name`). */
export interface GatewayEvent {
  /** The gateway's own eventId: the same over restarts and redelivery. */
  id: string;
  gateway: string;
  /** The gateway's number of the kind of event. */
  type: number;
  /** 0 instant, 1 start, 2 stop, 3 pulse, 4 linkage update, 5 the picture came later. */
  status: number;
  kind: GatewayEventKind;
  /** ISO 8601 in UTC. */
  time: string;
  /** As the gateway wrote it. */
  deviceTime: string;
  /** ISO 8601 in UTC. */
  receivedAt: string;
  /** Seconds from `time` to `receivedAt`. */
  age: number;
  employeeNo?: string;
  personName?: string;
  card?: string;
  door?: string;
  reader?: string;
  method?: string;
  /** A JPEG. */
  picture?: Buffer;
  /** Found in the records of the gateway: it was not delivered when it happened. */
  recovered: boolean;
  /** A flow may have had it before. */
  redelivered: boolean;
  /** It says more of an event that came before. */
  update?: true;
  raw: Tree;
}

export type GatewayNotice = { gateway: string } & (
  | { notice: 'connected'; types: readonly number[] }
  | { notice: 'disconnected'; failure: HikvisionError }
  /** The gateway did not know of the subscription any more. */
  | { notice: 'disconnected'; why: 'subscriptionLost' }
  /** Events of these types may have happened between these times (ISO 8601), and nobody tells of them any more. */
  | { notice: 'gap'; from: string; to: string; types: readonly number[]; why: 'noRecords' | 'refused' | 'otherIds' }
  /** Delivered four times and never acknowledged; the node goes on. */
  | { notice: 'unacknowledged'; id: string }
);

/** An event as it came, before anybody looks into it. */
export interface ArrivedEvent {
  id: string;
  type: number;
  status: number;
  raw: Tree;
}

/** An event that is kept until it has been dealt with. */
export interface StoredEvent extends ArrivedEvent {
  /** Milliseconds since 1970. */
  receivedAt: number;
  recovered: boolean;
  update: boolean;
}

const LIMITS = { employeeNo: 64, personName: 128, card: 64, place: 128, time: 40 } as const;

/** An event as flows get it. Never throws, whatever stands in it. */
export function toEvent(
  { id, type, status, raw, receivedAt, recovered, update }: StoredEvent,
  { gateway, redelivered, picture }: { gateway: string; redelivered: boolean; picture?: Buffer | undefined },
): GatewayEvent {
  const known = Object.hasOwn(KNOWN_TYPES, type) ? KNOWN_TYPES[type] : undefined;
  const deviceTime = printable(timeIn(raw) ?? '', LIMITS.time);
  const happened = instantOf(deviceTime) ?? receivedAt;
  return {
    id,
    gateway,
    type,
    status,
    kind: known?.kind ?? 'other',
    time: new Date(happened).toISOString(),
    deviceTime,
    receivedAt: new Date(receivedAt).toISOString(),
    age: Math.max(0, Math.round((receivedAt - happened) / 1000)),
    ...detailsOf(raw),
    ...(known?.method !== undefined && { method: known.method }),
    ...(picture && { picture }),
    recovered,
    redelivered,
    ...(update && { update }),
    raw,
  };
}

/** When it happened, as the gateway writes it. */
export function timeIn(raw: Tree): string | undefined {
  return textIn(raw, 'happenTime', 'eventTime');
}

/** Where the picture of an event lies; undefined where it has none. */
export function pictureOf(raw: Tree): { picUri: string; svrIndexCode: string } | undefined {
  const { data } = sourceOf(raw);
  const picUri = textIn(data, 'picUri', 'ExtEventPictureURL');
  return picUri === undefined ? undefined : { picUri, svrIndexCode: textIn(data, 'svrIndexCode') ?? '' };
}

/** Who and where, as either product names it; what is blank is left away. */
function detailsOf(raw: Tree): Pick<GatewayEvent, 'employeeNo' | 'personName' | 'card' | 'door' | 'reader'> {
  const { source, data } = sourceOf(raw);
  const said = (limit: number, tree: Tree, ...names: string[]): string | undefined => {
    const found = textIn(tree, ...names);
    return found === undefined ? undefined : printable(found, limit);
  };
  const employeeNo = said(LIMITS.employeeNo, data, 'personCode', 'ExtEventPersonNo', 'jobNo');
  const personName = said(LIMITS.personName, data, 'personName', 'visitorName') ?? identityName(data);
  const card = said(LIMITS.card, data, 'cardNo', 'ExtEventCardNo');
  const isDoor = textIn(source, 'srcType') === 'door';
  const door =
    said(LIMITS.place, data, 'doorName') ?? (isDoor ? said(LIMITS.place, source, 'srcName', 'srcIndex') : undefined);
  const reader = said(LIMITS.place, data, 'readerName', 'readerDevName', 'ExtEventReaderID');
  return {
    ...(employeeNo !== undefined && { employeeNo }),
    ...(personName !== undefined && { personName }),
    ...(card !== undefined && !/^0+$/.test(card) && { card }),
    ...(door !== undefined && { door }),
    ...(reader !== undefined && { reader }),
  };
}

function identityName(data: Tree): string | undefined {
  const card = data['ExtEventIdentityCardInfo'];
  const name = isTree(card) ? textIn(card, 'Name') : undefined;
  return name === undefined ? undefined : printable(name, LIMITS.personName);
}

/**
 * Where an event stands with its data: in itself, in the first of its `eventDetails` where a rule tells of it, or without
 * any such parts where it is a record.
 */
function sourceOf(raw: Tree): { source: Tree; data: Tree } {
  if (isTree(raw['data'])) return { source: raw, data: raw['data'] };
  const details: unknown = raw['eventDetails'];
  const first: unknown = Array.isArray(details) ? details[0] : undefined;
  if (!isTree(first)) return { source: raw, data: raw };
  return { source: first, data: isTree(first['data']) ? first['data'] : first };
}

/** The type of an event; of a rule's own event that of what happened. */
export function typeOf(raw: Tree): number | undefined {
  const details: unknown = raw['eventDetails'];
  const first: unknown = Array.isArray(details) ? details[0] : undefined;
  const own = numberIn(raw, 'eventType');
  const inner = isTree(first) ? numberIn(first, 'eventType') : undefined;
  return own === undefined || (own === 0 && inner !== undefined) ? inner : own;
}
