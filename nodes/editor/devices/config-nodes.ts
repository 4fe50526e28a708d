import type { Rule, Rules } from '../../../core/settings/rule.js';
import { textOf } from '../labels.js';
import { labelOf, text } from '../texts.js';

/** The config nodes that stand for a terminal or gateway. Others, such as TLS settings, are chosen by hand only. */
const DEVICES: readonly string[] = ['isapi-config', 'artemis-config'];

/** The others of which a new node has the only one chosen. */
const CHOSEN_ALONE: readonly string[] = [...DEVICES, 'fleet-config'];

/** Many terminals at once: messages name one of them. */
const DIRECTORY = 'terminal-directory';

/** What the editor shows where no config node is chosen. */
const NONE = ['', '_ADD_'];

/** The config nodes of a type that a node in this flow can choose. */
export function configNodesOf(type: string, flow: unknown): EditorNode[] {
  const found: EditorNode[] = [];
  RED.nodes.eachConfig((node) => {
    if (node.type === type && (!node['z'] || node['z'] === flow) && node['d'] !== true) found.push(node);
  });
  return found;
}

/** Whether a setting chooses a terminal or gateway. */
export function choosesDevice(rule: Rule<unknown, string>): boolean {
  return rule.kind === 'node' && DEVICES.includes(rule.nodeType ?? '');
}

/** The terminal or gateway that a node has chosen. */
export function chosenDevice(node: EditorNode): EditorNode | undefined {
  for (const property of deviceProperties(node)) {
    const found = RED.nodes.node(textOf(node[property]));
    if (found) return found;
  }
  return undefined;
}

/**
 * Has a node that is placed by hand choose the terminal, gateway or fleet, where there is exactly one. One that is pasted or imported
 * stays as its author left it.
 */
export function chooseOnlyDevice(node: EditorNode, rules: Rules): void {
  if (RED.nodes.node(node.id)) return;
  for (const [property, rule] of Object.entries(rules)) {
    const { kind, nodeType = '' } = rule;
    const isMeant = kind === 'node' && CHOSEN_ALONE.includes(nodeType);
    const [only, second] = isMeant ? configNodesOf(nodeType, node['z']) : [];
    if (only && !second) node[property] = only.id;
  }
}

/**
 * A validator of a terminal that may come with the message: none has to be chosen, but where there is none at all, no message
 * can name one either.
 */
export function deviceValidator(type: string, property: string, rule: Rule<unknown, string>): Validator {
  const nodeType = rule.nodeType ?? '';
  return function (value, opt) {
    const wrong = (message: string): string | false => (opt ? message : false);
    if (NONE.includes(textOf(value))) {
      const offered = nodeType === 'isapi-config' ? [nodeType, DIRECTORY] : [nodeType];
      return offered.some((each) => configNodesOf(each, this['z']).length > 0) || wrong(text(nodeType, 'chosen.none'));
    }
    const chosen = RED.nodes.node(textOf(value));
    if (chosen?.valid !== false && chosen) return true;
    return wrong(
      RED._(`validator.errors.${chosen ? 'invalid-config' : 'missing-config'}`, { prop: labelOf(type, property) }),
    );
  };
}

/** The nodes that can choose a config node of this type and have chosen none. */
export function nodesWithout(type: string): { node: EditorNode; property: string }[] {
  const found: { node: EditorNode; property: string }[] = [];
  RED.nodes.eachNode((node) => {
    for (const property of deviceProperties(node)) {
      const isOne = node._def.defaults[property]?.type === type;
      if (isOne && NONE.includes(textOf(node[property]))) found.push({ node, property });
    }
  });
  return found;
}

/** Calls `changed` once after each change of the flows that nodes with a terminal or gateway may have to show. */
export function onDevicesChanged(changed: (nodes: EditorNode[]) => void): void {
  let pending = false;
  const later = (): void => {
    if (pending) return;
    pending = true;
    setTimeout(() => {
      pending = false;
      const concerned: EditorNode[] = [];
      RED.nodes.eachNode((node) => {
        if (deviceProperties(node).length > 0) concerned.push(node);
      });
      changed(concerned);
    }, 0);
  };
  for (const event of ['nodes:add', 'nodes:remove', 'nodes:change'] as const) {
    RED.events.on(event, (node: EditorNode) => {
      if (node.type === DIRECTORY || DEVICES.includes(node.type) || deviceProperties(node).length > 0) later();
    });
  }
}

/** Looks again at what was wrong with nodes for want of a terminal, or is now. */
export function validateAgain(nodes: EditorNode[]): void {
  for (const node of nodes) {
    const before = node.valid;
    RED.editor.validateNode(node);
    if (node.valid !== before) node.dirty = true;
  }
  RED.view.redraw();
}

function deviceProperties(node: EditorNode): string[] {
  const { defaults = {} } = (node._def as NodeDefinition | undefined) ?? {};
  return Object.keys(defaults).filter((property) => DEVICES.includes(defaults[property]?.type ?? ''));
}
