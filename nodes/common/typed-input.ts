import type { Node, NodeAPI, NodeMessage } from 'node-red';

import { HikvisionError } from '../../core/errors/hikvision-error.js';

/** A typedInput of the editor: a value and what kind of value it is. */
export interface TypedInput {
  value: unknown;
  type: string | undefined;
}

/** A node's settings with their typedInputs: property `x` and its kind `xType`. */
export function typedInput(config: object, name: string): TypedInput {
  const settings = config as Record<string, unknown>;
  const type = settings[`${name}Type`];
  return { value: settings[name], type: typeof type === 'string' && type !== '' ? type : undefined };
}

/**
 * What a typedInput means for this message; undefined where it is blank.
 * @throws HikvisionError `INVALID_INPUT`, naming the property
 */
export async function evaluate(
  RED: NodeAPI,
  node: Node,
  msg: NodeMessage,
  name: string,
  { value, type }: TypedInput,
): Promise<unknown> {
  if (value === undefined || value === null || (value === '' && type !== 'env')) return undefined;
  if (type === undefined || type === 'str' || typeof value !== 'string') return value;
  try {
    return await new Promise<unknown>((resolve, reject) => {
      // The callback form is the only one that serves jsonata and asynchronous context stores.
      RED.util.evaluateNodeProperty(value, type, node, msg, (error, result: unknown) => {
        if (error) reject(error);
        else resolve(result);
      });
    });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw HikvisionError.of('input.property', {
      delivery: 'unsent',
      params: { field: name, detail },
    });
  }
}
