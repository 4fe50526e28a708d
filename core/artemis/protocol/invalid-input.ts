import { HikvisionError, type TextParams } from '../../errors/failure.js';

/** An `INVALID_INPUT` said by the sentence `errors.input.<key>` of the gateway's catalogue; nothing was sent. */
export function invalidInput(key: string, params: TextParams = {}): HikvisionError {
  return new HikvisionError('INVALID_INPUT', {
    catalogue: 'artemis-config',
    text: `input.${key}`,
    delivery: 'unsent',
    params,
  });
}
