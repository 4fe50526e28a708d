import { text, type Tree } from '../../protocol/document.js';

const EXPLICIT_ZONE = /(Z|[+-]\d{2}:?\d{2})$/i;
/** `CST-5:00:00`, with what follows where the zone has a summer time: `CET-1:00:00DST01:00:00,M3.5.0/…`. */
const POSIX_ZONE = /^[A-Za-z<>+\-\d]*?([+-]?)(\d{1,2}):(\d{2})(?::\d{2})?(.*)$/;

/**
 * Seconds by which the clock of `GET /ISAPI/System/time` is ahead of `now` (milliseconds since 1970); undefined where
 * the answer does not say. The sign of a zone is that of POSIX: `CST-5:00:00` is UTC+5. In a zone with a summer
 * time either of its two offsets is right.
 */
export function clockAhead(time: Tree, now: number): number | undefined {
  const localTime = text(time, 'localTime')?.trim() ?? '';
  const candidates = EXPLICIT_ZONE.test(localTime)
    ? [Date.parse(localTime)]
    : offsets(text(time, 'timeZone')?.trim() ?? '').map((minutes) => Date.parse(`${localTime}Z`) - minutes * 60_000);
  const [nearest] = candidates
    .filter((candidate) => Number.isFinite(candidate))
    .map((candidate) => Math.round((candidate - now) / 1000))
    .sort((one, other) => Math.abs(one) - Math.abs(other));
  return nearest;
}

/** Minutes east of Greenwich that this zone may mean. */
function offsets(zone: string): number[] {
  const [, sign, hours, minutes, rest] = POSIX_ZONE.exec(zone) ?? [];
  if (hours === undefined) return [];
  const west = Number(hours) * 60 + Number(minutes);
  const east = sign === '-' ? west : -west;
  return /^DST/i.test(rest ?? '') ? [east, east + 60] : [east];
}
