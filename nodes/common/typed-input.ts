import type { Node, NodeAPI, NodeMessage } from 'node-red';

import { HikvisionError } from '../../core/errors/hikvision-error.js';
import type { Rules } from '../../core/settings/rule.js';
import { isBlank } from '../../core/settings/values.js';
import type { TypedName } from './settings.js';

/** A typedInput of the editor: a value and what kind of value it is. */
export interface TypedInput {
  value: unknown;
  type: string | undefined;
}

/** What stands in a node's typed input; a flow written by hand may lack it, then that of a new dialog is meant. */
export function typedInput<R extends Rules>(rules: R, config: object, name: TypedName<R>): TypedInput {
  const given = config as Record<string, unknown>;
  const rule = rules[name];
  const type = given[rule?.typed?.typeProperty ?? `${name}Type`];
  const value = given[name];
  if (value === undefined && type === undefined) return { value: rule?.default, type: rule?.typed?.defaultType };
  return { value, type: typeof type === 'string' && type !== '' ? type : undefined };
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
  if (isBlank(value) && type !== 'env') return undefined;
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
