import type { Rule, TypedInputs, TypedRule } from './rule.js';

/** Kinds of a typed input whose value comes with the message, or from the flow. */
const ELSEWHERE = ['msg', 'flow', 'global', 'jsonata', 'env'];

/** Whether a value of this kind comes with the message or from the flow, and does not stand in the dialog itself. */
export function isFromElsewhere(type: string | undefined): boolean {
  return type !== undefined && ELSEWHERE.includes(type);
}

/** A setting that usually comes with the message: `path` is its place there. */
export function fromMessage<T, R extends string>(base: Rule<T, R>, path: string): TypedRule<T, R> {
  return typed(base, path, { types: [...ELSEWHERE, 'str'], defaultType: 'msg' });
}

/** A setting that usually stands in the dialog. */
export function fromDialog<T, R extends string>(base: Rule<T, R>): TypedRule<T, R> {
  return typed(base, base.default, { types: ['str', ...ELSEWHERE], defaultType: 'str' });
}

/** A setting as a typed input of these kinds, with what stands in a new dialog. */
export function typed<T, R extends string>(
  base: Rule<T, R>,
  value: string | number | boolean,
  inputs: TypedInputs,
): TypedRule<T, R> {
  return { ...base, default: String(value), typed: inputs };
}
