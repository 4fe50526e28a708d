import type { Model } from '../behaviour/model.js';
import type { JsonObject } from '../protocol/request-documents.js';
import { writtenInfo } from './stored-info.js';
import { isRightPlan } from './user-info.js';
import { facePath, type Person } from './person.js';

/**
 * UserInfo as Search shows it: with the read-only counts, without the PIN, and with the URL of the person's own picture.
 * @param now simulated seconds
 */
export function shownPerson(
  { UserInfo, face, file, cards }: Person,
  model: Model,
  now: number,
  origin: () => string,
): JsonObject {
  const shown = Object.fromEntries(Object.entries(UserInfo).filter(([name]) => name !== 'password'));
  const count = (number: number): number | string => (model.numbersAsText ? String(number) : number);
  const counted = face !== undefined && now >= face.countsFrom;
  return {
    ...writtenInfo(shown, model),
    numOfCard: count(cards.length),
    numOfFP: count(0),
    ...(model.showsFaces && { numOfFace: count(counted ? 1 : 0) }),
    ...(model.showsFaces && counted && { faceURL: origin() + facePath(file, face.count) }),
  };
}

/** The doors that a person can open: only those that doorRight and RightPlan both name. */
export function doorsOf({ UserInfo: { doorRight, RightPlan } }: Person): number[] {
  const allowed = typeof doorRight === 'string' && doorRight !== '' ? doorRight.split(',').map(Number) : [];
  const planned = Array.isArray(RightPlan) ? RightPlan.filter(isRightPlan) : [];
  return allowed.filter((door) => planned.some(({ doorNo }) => doorNo === door));
}
