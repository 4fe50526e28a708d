import type { Model } from '../behaviour/model.js';
import { refuse } from '../protocol/replies.js';
import { isObject, type JsonObject } from '../protocol/request-documents.js';

/** Checks a UserInfo and returns its employeeNo. @throws Refusal that names the first wrong field */
export function checkUserInfo(given: JsonObject, { timeTypes, plainNumbers }: Model): string {
  const { employeeNo, Valid } = given;
  if (employeeNo === undefined) throw refuse(6, 'MessageParametersLack', 'employeeNo');
  if (typeof employeeNo !== 'string') throw refuse(6, 'badJsonContent', 'employeeNo');
  if (!/^[!-~]{1,32}$/.test(employeeNo)) throw refuse(6, 'illegalEmployeeNo', 'employeeNo');
  if (plainNumbers && /[-._]/.test(employeeNo)) throw refuse(6, 'illegalEmployeeNo', 'employeeNo');
  for (const [name, isRight] of Object.entries(FIELD_RULES)) {
    if (given[name] !== undefined && !isRight(given[name])) throw refuse(6, 'badJsonContent', name);
  }
  if (isObject(Valid)) checkValid(Valid, timeTypes);
  return employeeNo;
}

const FIELD_RULES: Record<string, (value: unknown) => boolean> = {
  name: (value) => typeof value === 'string' && Array.from(value).length <= 128,
  userType: (value) => value === 'normal' || value === 'visitor' || value === 'blackList',
  Valid: isObject,
  doorRight: (value) => typeof value === 'string' && /^(\d+(,\d+)*)?$/.test(value),
  RightPlan: (value) => Array.isArray(value) && value.every(isRightPlan),
  groupId: (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0,
  gender: (value) => value === 'male' || value === 'female' || value === 'unknown',
  localUIRight: (value) => typeof value === 'boolean',
  password: (value) => typeof value === 'string' && /^\d{0,8}$/.test(value),
};

/** A door with the number of its schedule. */
export function isRightPlan(value: unknown): value is { doorNo: number; planTemplateNo: string } {
  return isObject(value) && typeof value['doorNo'] === 'number' && typeof value['planTemplateNo'] === 'string';
}

function checkValid({ enable, beginTime, endTime, timeType }: JsonObject, timeTypes: Model['timeTypes']): void {
  if (enable !== undefined && typeof enable !== 'boolean') throw refuse(6, 'badJsonContent', 'enable');
  if (timeType !== undefined && !timeTypes.some((known) => known === timeType)) {
    throw refuse(6, 'badJsonContent', 'timeType');
  }
  const begin = localTime('beginTime', beginTime);
  const end = localTime('endTime', endTime);
  if (begin !== undefined && end !== undefined && end <= begin) {
    throw refuse(6, 'endtimeEarlierThanBegintime', 'endTime');
  }
}

/** A time such as 2025-01-01T00:00:00, from 2000-01-01 to 2037-12-31T23:59:59. As text such times sort by time. */
function localTime(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (
    typeof value !== 'string' ||
    !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(value) ||
    Number.isNaN(Date.parse(`${value}Z`)) ||
    value < '2000-01-01T00:00:00' ||
    value > '2037-12-31T23:59:59'
  ) {
    throw refuse(6, 'badJsonContent', name);
  }
  return value;
}
