import { HikvisionError, type TextParams } from './hikvision-error.js';
import type { ParamsOf, Reason } from './reasons.js';

export type InputReason = Reason extends infer R ? (R extends `input.${infer Name}` ? Name : never) : never;
type RequestReason = Reason extends infer R ? (R extends `request.${infer Name}` ? Name : never) : never;

/** The parameters of a reason but for the field, which `invalid` fills in. */
export type InputParams<Name extends InputReason> = Omit<ParamsOf<`input.${Name}`>, 'field'>;

/** An `INVALID_INPUT` about a field of a message or node; nothing was sent. */
export function invalid<Name extends InputReason>(
  name: Name,
  field: string,
  ...[params]: keyof InputParams<Name> extends never ? [] : [InputParams<Name>]
): HikvisionError {
  const all: TextParams = { field, ...params };
  return HikvisionError.of(`input.${name}` as 'input.notText', {
    delivery: 'unsent',
    params: all as { field: string },
  });
}

/** An `INVALID_INPUT` about a call to a gateway; nothing was sent. */
export function invalidRequest<Name extends RequestReason>(
  name: Name,
  ...[params]: keyof ParamsOf<`request.${Name}`> extends never ? [] : [ParamsOf<`request.${Name}`>]
): HikvisionError {
  const all: TextParams = { ...params };
  return HikvisionError.of(`request.${name}` as 'request.header', {
    delivery: 'unsent',
    params: all as { field: string },
  });
}
