import { configNodesOf, nodesWithout } from './config-nodes.js';
import { current, field, formOf } from '../form/fields.js';
import { labelOfConfig, textOf } from '../labels.js';
import { text } from '../texts.js';

/** What the editor shows in place of a stored secret, which it does not know. */
const STORED = '__PWRD__';
const LOOPBACK = ['127.0.0.1', 'localhost', '::1'];

/** How a simulator's dialog makes the config node that fits it. */
export interface SimulatorOffer {
  configType: 'isapi-config' | 'artemis-config';
  /** The names of the credentials, which both nodes have alike: the open one and the secret. */
  credentials: readonly [open: string, secret: string];
  /** What the config node gets for them where the simulator asks for none and the config node cannot do without. */
  anyCredentials?: readonly [open: string, secret: string];
  /** The settings of the config node besides host, port and credentials, by what stands in the dialog. */
  settings: (given: (property: string) => unknown) => Record<string, unknown>;
}

/** Gives a simulator that is placed by hand a port that is free on the runtime's machine, and stays the same. */
export function choosePort(node: EditorNode): void {
  if (RED.nodes.node(node.id)) return;
  askForPort(node.type, (port) => {
    const placed = RED.nodes.node(node.id);
    if (!placed || !isAnyPort(placed['port'])) return;
    placed['port'] = port;
    const input = $(`.hikvision-form[data-node="${node.id}"]`).find('[id$="-input-port"]');
    if (isAnyPort(input.val())) input.val(port).trigger('change');
  });
}

/**
 * The button of a simulator's dialog that adds the terminal or gateway to reach it by (`.hikvision-add`), with what came of
 * it (`.hikvision-added`).
 */
export function offerAsConfig(node: EditorNode, offer: SimulatorOffer): void {
  const form = formOf(node);
  const add = (): void => void form.find('.hikvision-added').text(addAsConfig(node, offer));
  form.find('.hikvision-add').on('click', () => {
    if (isAnyPort(current(node, 'port'))) {
      askForPort(node.type, (port) => {
        field(node, 'port').val(port).trigger('change');
        add();
      });
    } else {
      add();
    }
  });
}

/** Adds the config node, if that can be, and says what came of it. */
function addAsConfig(node: EditorNode, offer: SimulatorOffer): string {
  const {
    configType,
    credentials: [open, secret],
    anyCredentials = ['', ''],
    settings,
  } = offer;
  const say = (key: string, params = {}): string => text(node.type, `added.${key}`, params);
  const given = (property: string): string => textOf(current(node, property));
  if (given(secret) === STORED) return say('secretNeeded');
  const wrong = whatIsWrong(node);
  if (wrong !== undefined) return wrong;
  const port = given('port');
  const there = configNodesOf(configType, node['z']).find(
    (each) => LOOPBACK.includes(textOf(each['host'])) && String(each['port']) === port,
  );
  if (there) return say('there', { name: labelOfConfig(there) });
  const { name, chosen } = addConfigNode(configType, node['z'], {
    settings: { ...settings((property) => current(node, property)), host: LOOPBACK[0], port },
    credentials: { [open]: given(open) || anyCredentials[0], [secret]: given(secret) || anyCredentials[1] },
    name: given('name') || say('name'),
    secret,
  });
  return say(chosen > 0 ? 'chosen' : 'added', { name, count: chosen });
}

interface NewConfig {
  settings: Record<string, unknown>;
  credentials: Record<string, string>;
  secret: string;
  name: string;
}

/** Adds a config node as its own dialog would, in one step of the history. The first of its kind is chosen by whoever had none. */
function addConfigNode(
  type: string,
  flow: unknown,
  { settings, credentials, secret, name }: NewConfig,
): { name: string; chosen: number } {
  const definition = RED.nodes.getType(type);
  if (!definition) throw new Error(`${type} is not there`);
  const isFirst = configNodesOf(type, flow).length === 0;
  const without = isFirst ? nodesWithout(type) : [];
  const dirty = RED.nodes.dirty();
  const defaults = Object.entries(definition.defaults).map(([property, { value }]) => [property, value] as const);
  const hasLogin = Object.values(credentials).some((value) => value !== '');
  const added: EditorNode = {
    ...Object.fromEntries(defaults),
    ...settings,
    ...{ id: RED.nodes.id(), type, _def: definition, z: '', users: [], name: freeName(type, name) },
    ...(hasLogin ? { credentials: { ...credentials, [`has_${secret}`]: credentials[secret] !== '', _: {} } } : {}),
  };
  if (definition.label) added['label'] = definition.label;
  const events: object[] = [{ t: 'add', nodes: [added.id], dirty }];
  const config = RED.nodes.add(added);
  for (const { node, property } of without) {
    events.push({ t: 'edit', node, changes: { [property]: node[property] }, changed: node['changed'], dirty });
    node[property] = added.id;
    (config['users'] as EditorNode[]).push(node);
    node['changed'] = true;
    node.dirty = true;
    RED.events.emit('nodes:change', node);
  }
  RED.editor.validateNode(config);
  RED.history.push({ t: 'multi', events, dirty });
  RED.nodes.dirty(true);
  RED.view.redraw(true);
  return { name: added.name ?? '', chosen: without.length };
}

/** A name that no config node of this type has: messages find a terminal by its name. */
function freeName(type: string, wanted: string): string {
  const taken = new Set<string>();
  RED.nodes.eachConfig((node) => {
    if (node.type === type) taken.add(textOf(node.name));
  });
  let name = wanted;
  for (let n = 2; taken.has(name); n += 1) name = `${wanted} ${n}`;
  return name;
}

function whatIsWrong(node: EditorNode): string | undefined {
  const { defaults, credentials } = node._def;
  return Object.entries({ ...defaults, ...credentials })
    .map(([property, { validate }]) => validate?.call(node, current(node, property), {}))
    .find((verdict): verdict is string => typeof verdict === 'string');
}

/** Asks the runtime for a free port that no simulator in the editor has. Where it does not answer, the port stays as it is. */
function askForPort(type: string, use: (port: string) => void): void {
  const taken: string[] = [];
  RED.nodes.eachNode((node) => {
    if (node.type.endsWith('-simulator')) taken.push(String(node['port']));
  });
  void $.getJSON(`${type}/free-port`, { taken: taken.join(',') }).done(({ port }: { port: number }) =>
    use(String(port)),
  );
}

function isAnyPort(port: unknown): boolean {
  return ['', '0', 'undefined'].includes(String(port).trim());
}
