import type { Rule, Rules } from '../../core/settings/rule.js';
import { chooseOnlyDevice, choosesDevice, deviceValidator } from './devices/config-nodes.js';
import { offerConnectionTest } from './connection-test/connection-test.js';
import { prepareForm } from './form/form.js';
import { validatorOf } from './form/validation.js';
import { labelOfConfig, labelOfNode, labelOfOutput, labelStyle } from './labels.js';
import { labelOf, text } from './texts.js';

/** What a node of the palette has of its own. */
interface NodeOptions {
  /** The names of its outputs, `output.<name>` in the catalogue. */
  outputs: readonly string[];
  label?: (node: EditorNode) => string;
  /** What its dialog does besides. */
  prepare?: (node: EditorNode) => void;
  /** What happens besides when it is placed in a flow by hand. */
  placed?: (node: EditorNode) => void;
}

/** The definition of a node of the palette by the rules of its settings, but for category, colour and icon. */
export function nodeDefinition(
  type: string,
  rules: Rules,
  { outputs, label = labelOfNode, prepare, placed }: NodeOptions,
): Omit<NodeDefinition, 'category'> {
  return {
    inputs: 1,
    outputs: outputs.length,
    paletteLabel: text(type, 'paletteLabel'),
    defaults: defaultsOf(type, rules),
    ...credentialsOf(type, rules),
    outputLabels: (index) => labelOfOutput(type, outputs[index]),
    label() {
      return label(this);
    },
    labelStyle() {
      return labelStyle(this);
    },
    onadd() {
      chooseOnlyDevice(this, rules);
      placed?.(this);
    },
    oneditprepare() {
      prepareForm(this, rules);
      prepare?.(this);
    },
  };
}

/** What a config node does when its dialog is opened, and when that is closed by Done. */
interface ConfigOptions {
  prepare?: (node: EditorNode) => void;
  save?: (node: EditorNode) => void;
}

/** The definition of a config node by the rules of its settings. */
export function configDefinition(
  type: string,
  rules: Rules,
  { prepare, save }: ConfigOptions,
): Omit<NodeDefinition, 'category'> {
  return {
    defaults: defaultsOf(type, rules),
    ...credentialsOf(type, rules),
    label() {
      return labelOfConfig(this);
    },
    labelStyle() {
      return labelStyle(this);
    },
    oneditprepare() {
      prepareForm(this, rules);
      prepare?.(this);
    },
    oneditsave() {
      save?.(this);
    },
  };
}

/**
 * The definition of a config node with a test of its connection.
 * @param action the last part of the address of the test's endpoint
 */
export function connectionDefinition(type: string, rules: Rules, action: string): Omit<NodeDefinition, 'category'> {
  return configDefinition(type, rules, { prepare: (node) => offerConnectionTest(node, rules, action) });
}

function defaultsOf(type: string, rules: Rules): NodeDefinition['defaults'] {
  const defaults: NodeDefinition['defaults'] = {};
  for (const [property, rule] of Object.entries(rules)) {
    if (rule.credential) continue;
    if (rule.kind === 'node') {
      defaults[property] = { value: '', type: rule.nodeType ?? '', ...judgedBy(type, property, rule) };
      continue;
    }
    defaults[property] = { value: rule.default, validate: validatorOf(type, rules, property) };
    if (rule.typed) {
      defaults[rule.typed.typeProperty ?? `${property}Type`] = { value: rule.typed.defaultType };
    }
  }
  return defaults;
}

/** What the editor asks of a property that chooses a config node. */
function judgedBy(type: string, property: string, rule: Rule<unknown, string>): Partial<NodeProperty> {
  if (rule.blank.refused !== undefined) return { required: true, label: labelOf(type, property) };
  return choosesDevice(rule) ? { validate: deviceValidator(type, property, rule) } : { required: false };
}

function credentialsOf(type: string, rules: Rules): Pick<NodeDefinition, 'credentials'> {
  const kept = Object.entries(rules).flatMap(([property, { credential }]) =>
    credential ? [[property, { type: credential, validate: validatorOf(type, rules, property) }] as const] : [],
  );
  return kept.length === 0 ? {} : { credentials: Object.fromEntries(kept) };
}
