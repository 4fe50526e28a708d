import type { TextParams } from '../errors/hikvision-error.js';
import type { InputParams, InputReason } from '../errors/invalid.js';
import { isBlank, isSubstituted } from './values.js';

/** Why a value is refused: a reason of core/errors with what its sentence has to name. */
type Refusal<R extends string> = R extends InputReason
  ? { readonly refused: R; readonly field?: string; readonly value?: never } & (keyof InputParams<R> extends never
      ? { readonly params?: never }
      : { readonly params: InputParams<R> })
  : { readonly refused: R; readonly field?: string; readonly params?: TextParams; readonly value?: never };

/** The value of a setting, or the reason why there is none. */
export type Reading<T, R extends string = InputReason> = { readonly value: T; readonly refused?: never } | Refusal<R>;

/** What stands in a field whose value only comes with a message or from the environment. */
export const UNKNOWN = Symbol('known only at run time');

/** Another setting of the same node, as it stands in its field; UNKNOWN where that cannot be told yet. */
export type Given = (name: string) => unknown;

export type Kind = 'text' | 'number' | 'choice' | 'checkbox' | 'json' | 'any' | 'node';

/** A setting is used only where each of these others has one of these values. */
export type Condition = Readonly<Record<string, readonly (string | boolean)[]>>;

/** How a typed input offers a setting: the value lies in the property `x`, what kind of value it is in `typeProperty`. */
export interface TypedInputs {
  /** The kinds that can be chosen; the first is the usual one. */
  readonly types: readonly string[];
  readonly defaultType: string;
  /** `xType` where absent. */
  readonly typeProperty?: string;
}

/** One setting of a node. */
export interface Rule<T, R extends string = InputReason> {
  readonly kind: Kind;
  /** What stands in a new dialog; also meant where a flow lacks the property. */
  readonly default: string | number | boolean;
  /** What an empty field means; `refused` where something has to stand there. */
  readonly blank: Reading<T, R>;
  /** The least and greatest number or time, or how long a text may be; hints and complaints name them. */
  readonly min?: number | string;
  readonly max?: number | string;
  readonly choices?: readonly string[];
  /** The type of the config node that is to be chosen. */
  readonly nodeType?: string;
  readonly when?: Condition;
  readonly typed?: TypedInputs;
  /** Kept in Node-RED's credentials; `password` is never shown again. */
  readonly credential?: 'text' | 'password';
  /** @param given the other settings; without them only the value itself is looked at */
  readonly read: (value: unknown, given?: Given) => Reading<T, R>;
}

/** A setting that is offered as a typed input, and so has a value of its own for each message. */
export type TypedRule<T, R extends string = InputReason> = Rule<T, R> & { readonly typed: TypedInputs };

/** The settings of a node by their names. */
export type Rules = Readonly<Record<string, Rule<unknown, string>>>;
export type ValueOf<R> = R extends Rule<infer T, string> ? T : never;

/** Makes a rule of what judges a value that is not blank. */
export function rule<T, R extends string = InputReason>(
  kind: Kind,
  blank: Reading<T, R>,
  judge: (value: unknown, given: Given | undefined) => Reading<T, R>,
  more: Partial<Omit<Rule<T, R>, 'kind' | 'blank' | 'read'>> = {},
): Rule<T, R> {
  const read: Rule<T, R>['read'] = (value, given) => (isBlank(value) ? blank : judge(value, given));
  return { kind, default: '', ...more, blank, read };
}

/** The same setting with another default in the dialog, or other conditions. */
export function withRule<T, R extends string, B extends string = R>(
  base: Rule<T, R>,
  more: Partial<Pick<Rule<T, R>, 'default' | 'when' | 'credential'>> & { blank?: Reading<T, B> },
): Rule<T, R | B> {
  const blank: Reading<T, R | B> = more.blank ?? base.blank;
  return { ...base, ...more, read: (value, given) => (isBlank(value) ? blank : base.read(value, given)) };
}

/** Whether a setting is used as the others stand; undefined where one of those is known only at run time. */
export function applies(rules: Rules, name: string, given: Given): boolean | undefined {
  let known = true;
  for (const [other, values] of Object.entries(rules[name]?.when ?? {})) {
    const raw = given(other);
    if (raw === UNKNOWN || isSubstituted(raw)) {
      known = false;
      continue;
    }
    const { value } = rules[other]?.read(raw, given) as { value?: unknown };
    if (!values.some((each) => each === value)) return false;
  }
  return known ? true : undefined;
}
