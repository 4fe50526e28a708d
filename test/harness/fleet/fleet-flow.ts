import type { SimulatedTerminal } from '../../../simulator/simulated-terminal.js';
import { NodeRedProcess } from '../node-red/node-red-process.js';

export const LOGIN = { username: 'operator', password: 'of-the-terminal' };
/** What the server's user has, as scripts/postgres makes it. */
const DATABASE = { user: 'postgres', password: 'fleet' };
const Z = 'tab';

/** A flow's nodes without the coordinates, which nobody looks at. */
type Part = Record<string, unknown> & { id: string; type: string };

export interface FleetFlow {
  /** By the names that messages use. */
  terminals: Readonly<Record<string, SimulatedTerminal>>;
  port: number;
  schema: string;
  instance?: string;
  /** Of the function node between fleet-in and terminal-sync. */
  work?: string;
  /** Seconds. */
  timeout?: number;
  /** Nodes behind a fleet-in of dead letters `letters`, the first of them `letter`. */
  letters?: Part[];
  more?: Part[];
}

/** Everybody who is to be on a terminal. */
const WANTED = [{ employeeNo: '1', name: 'Anna' }];

/**
 * fleet-in → work → terminal-sync → fleet-done, with Complete and Catch wired to it, and `POST /work` for fleet-out. What
 * fleet-in sends, what fleet-done passes on and what is caught is said in the log: `TAKEN`, `DONE`, `CAUGHT` and JSON.
 */
export function fleetFlow(options: FleetFlow): Part[] {
  const { terminals, port, schema, instance = 'a', work = '', timeout = 60, letters = [], more = [] } = options;
  const rows = Object.entries(terminals).map(([name, { address }]) => ({
    ...{
      name,
      host: address.host,
      port: String(address.port),
      protocol: address.protocol,
      site: 'North',
      login: 'doors',
    },
  }));
  const list = `${work}; msg.payload = ${JSON.stringify(WANTED)}; return msg;`;
  const nodes: Part[] = [
    { id: Z, type: 'tab', label: 'fleet' },
    { id: 'houses', type: 'terminal-directory', name: 'Houses', source: 'table', terminals: rows, retries: '0' },
    {
      ...{
        id: 'config',
        type: 'fleet-config',
        name: 'Fleet',
        connection: 'fields',
        host: '127.0.0.1',
        port: String(port),
      },
      ...{
        database: 'fleet',
        schema,
        directory: 'houses',
        sites: '',
        parallel: '20',
        instance,
        auditFrom: '',
        auditTo: '',
      },
    },
    { id: 'in', type: 'fleet-in', z: Z, fleet: 'config', take: 'work', timeout: String(timeout), wires: [['taken']] },
    says('taken', 'TAKEN', ['work']),
    { id: 'work', type: 'function', z: Z, func: list, outputs: 1, wires: [['sync']] },
    { id: 'sync', type: 'terminal-sync', z: Z, terminal: '', persons: 'payload', personsType: 'msg', wires: [[], []] },
    { id: 'complete', type: 'complete', z: Z, scope: ['sync'], wires: [['done']] },
    { id: 'catch', type: 'catch', z: Z, scope: ['work', 'sync', 'in', 'out'], wires: [['caught']] },
    says('caught', 'CAUGHT', ['done']),
    { id: 'done', type: 'fleet-done', z: Z, wires: [['ended']] },
    says('ended', 'DONE', []),
    { id: 'post', type: 'http in', z: Z, url: '/work', method: 'post', wires: [['asked']] },
    {
      id: 'asked',
      type: 'function',
      z: Z,
      func: 'Object.assign(msg, msg.payload); return msg;',
      outputs: 1,
      wires: [['out']],
    },
    {
      ...{
        id: 'out',
        type: 'fleet-out',
        z: Z,
        fleet: 'config',
        target: 'terminal',
        value: 'terminal',
        valueType: 'msg',
      },
      ...{ priority: 'priority', priorityType: 'msg', wires: [['answer']] },
    },
    {
      id: 'answer',
      type: 'function',
      z: Z,
      func: 'msg.payload = msg.sent; return msg;',
      outputs: 1,
      wires: [['reply']],
    },
    { id: 'reply', type: 'http response', z: Z, wires: [] },
    ...(letters.length === 0
      ? []
      : [{ id: 'letters', type: 'fleet-in', z: Z, fleet: 'config', take: 'dead', timeout: '60', wires: [['letter']] }]),
    ...letters,
    ...more,
  ];
  // Without a place it would be a config node.
  return nodes.map((node) => (node['z'] === undefined ? node : { x: 100, y: 100, ...node }));
}

/** A node that says what comes by in the log. */
export function says(id: string, word: string, to: string[]): Part {
  const func = `const { terminal, site, fleet, error } = msg;
    node.log('${word} ' + JSON.stringify({ terminal, site, fleet, error: error && { message: error.message, code: error.code } }));
    return msg;`;
  return { id, type: 'function', z: Z, func, outputs: 1, wires: [to] };
}

const CREDENTIALS = {
  houses: { login1: 'doors', username1: LOGIN.username, password1: LOGIN.password },
  config: DATABASE,
};

/** A real Node-RED with that flow, as soon as it is part of the fleet. */
export async function startFleet(options: FleetFlow): Promise<NodeRedProcess> {
  const red = await NodeRedProcess.start({ flow: fleetFlow(options), credentials: CREDENTIALS });
  await inFleet(red);
  return red;
}

/** Settled when a Node-RED says that it is part of the fleet, now or before. */
export async function inFleet(red: NodeRedProcess, from = 0): Promise<void> {
  if (!red.log.slice(from).includes('Part of the fleet')) await red.next('Part of the fleet');
}

/** Says that a terminal has work, as a flow does. */
export async function ask(red: NodeRedProcess, terminal: string, priority = 'change'): Promise<unknown> {
  const reply = await red.fetch('work', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ terminal, priority }),
  });
  return reply.json();
}

/** What a message had when it was said. */
export interface Said {
  terminal: string;
  site: string;
  fleet: {
    id: string;
    run: string;
    attempt?: number;
    attempts?: number;
    takenOver?: boolean;
    priority: string;
    error?: object;
  };
  error?: { message: string; code: string };
}

/** All that a Node-RED has said under this word, in order. */
export function said(red: NodeRedProcess, word: string): Said[] {
  return [...red.log.matchAll(new RegExp(` ${word} (\\{.*\\})`, 'g'))].map(([, json = '']) => JSON.parse(json) as Said);
}
