import type { Model } from '../behaviour/model.js';
import { isObject, type JsonObject } from '../protocol/request-documents.js';

const READ_ONLY = ['numOfFace', 'numOfCard', 'numOfFP', 'faceURL'];
/** The terminal's own zone: /ISAPI/System/time says UTC+5. */
const ZONE_HOURS = 5;

/** What this model makes of a UserInfo before it looks at it: it understands what it writes itself. */
export function understood(given: JsonObject, { numbersAsText, timesWithZone }: Model): JsonObject {
  const { Valid, RightPlan, groupId } = given;
  const info = { ...given };
  if (timesWithZone && isObject(Valid)) {
    info['Valid'] = Object.fromEntries(Object.entries(Valid).map(([name, value]) => [name, withoutZone(value)]));
  }
  if (numbersAsText) {
    if (groupId !== undefined) info['groupId'] = numberOf(groupId);
    if (Array.isArray(RightPlan)) {
      info['RightPlan'] = RightPlan.map((plan: unknown) =>
        isObject(plan) ? { ...plan, doorNo: numberOf(plan['doorNo']) } : plan,
      );
    }
  }
  return info;
}

/** A UserInfo as it is stored: without the read-only counts, and with the name cut where the model cuts it. */
export function storedInfo(given: JsonObject, { nameBytes }: Model): JsonObject {
  const stored = Object.fromEntries(Object.entries(given).filter(([name]) => !READ_ONLY.includes(name)));
  const { name } = stored;
  return nameBytes === undefined || typeof name !== 'string' ? stored : { ...stored, name: cut(name, nameBytes) };
}

/** A person's fields as this model writes them. */
export function writtenInfo(info: JsonObject, { numbersAsText, timesWithZone, fillsValid }: Model): JsonObject {
  const written = { ...info };
  if (fillsValid && written['Valid'] === undefined) {
    // Seen: persons who can open the door, with enable false.
    const range = { beginTime: '2000-01-01T00:00:00', endTime: '2037-12-31T23:59:59' };
    written['Valid'] = { enable: false, ...range, timeType: 'local' };
  }
  const { Valid, RightPlan, groupId } = written;
  if (timesWithZone && isObject(Valid)) {
    written['Valid'] = Object.fromEntries(Object.entries(Valid).map(([name, value]) => [name, withZone(value)]));
  }
  if (numbersAsText) {
    if (groupId !== undefined) written['groupId'] = String(Number(groupId));
    if (Array.isArray(RightPlan)) {
      written['RightPlan'] = RightPlan.map((plan: unknown) =>
        isObject(plan) ? { ...plan, doorNo: String(Number(plan['doorNo'])) } : plan,
      );
    }
  }
  return written;
}

/** At most so many bytes of UTF-8; where the cut is not at a whole character, its remains are what a reader makes of them. */
function cut(name: string, { most, wholeCharacters }: NonNullable<Model['nameBytes']>): string {
  const bytes = Buffer.from(name);
  if (bytes.length <= most) return name;
  let end = most;
  if (wholeCharacters) while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

function numberOf(value: unknown): unknown {
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
}

const LOCAL_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/;
const ZONED_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)$/;

function withZone(value: unknown): unknown {
  return typeof value === 'string' && LOCAL_TIME.test(value) ? `${value}+0${ZONE_HOURS}:00` : value;
}

function withoutZone(value: unknown): unknown {
  if (typeof value !== 'string' || !ZONED_TIME.test(value) || Number.isNaN(Date.parse(value))) return value;
  return new Date(Date.parse(value) + ZONE_HOURS * 3600 * 1000).toISOString().slice(0, 19);
}
