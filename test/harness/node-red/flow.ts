import type { NodeInitializer, NodeMessage } from 'node-red';
import helper from 'node-red-node-test-helper';

import accessEvents from '../../../nodes/access-events/access-events.js';
import captureFace from '../../../nodes/capture-face/capture-face.js';
import createUser from '../../../nodes/create-user/create-user.js';
import eachTerminal from '../../../nodes/each-terminal/each-terminal.js';
import eventAck from '../../../nodes/event-ack/event-ack.js';
import fdsetupBind from '../../../nodes/fdsetup-bind/fdsetup-bind.js';
import isapiConfig from '../../../nodes/isapi-config/isapi-config.js';
import isapiRequest from '../../../nodes/isapi-request/isapi-request.js';
import registerPerson from '../../../nodes/register-person/register-person.js';
import terminalDirectory from '../../../nodes/terminal-directory/terminal-directory.js';
import terminalSimulator from '../../../nodes/terminal-simulator/terminal-simulator.js';
import terminalSync from '../../../nodes/terminal-sync/terminal-sync.js';
import type { SimulatedTerminal } from '../../../simulator/simulated-terminal.js';
import { runtimePath } from './node-red-line.js';

export type Message = NodeMessage & Record<string, unknown>;
export type FlowNode = Record<string, unknown> & { id: string; type: string };

export interface ErrorMessage {
  message: string;
  code: string;
  cause: Record<string, unknown> & { retryable: boolean; hint: string };
  source: { id: string };
}

const NODES = [
  ...[isapiConfig, captureFace, createUser, fdsetupBind, registerPerson, isapiRequest],
  ...[terminalSimulator, terminalDirectory, eachTerminal, terminalSync, accessEvents, eventAck],
] as NodeInitializer[];

const QUIET = { logging: { console: { level: 'off' } } };

helper.init(runtimePath, QUIET);

/** Gives the flows that are deployed from now on a user directory, as Node-RED has one; none without. */
export function useUserDir(userDir?: string): void {
  helper.settings({ ...QUIET, userDir });
}

/**
 * Deploys a flow of our nodes in the real runtime; a tab `tab`, and a Catch node `errors` for all of it, are added.
 * @param more node types beside those of the main package
 */
export async function deploy(flow: FlowNode[], credentials: object = {}, more: NodeInitializer[] = []): Promise<void> {
  const tab = { id: 'tab', type: 'tab', label: 'test' };
  const errors = { id: 'errors', type: 'catch', z: 'tab', name: '', scope: null, uncaught: false, wires: [['caught']] };
  await helper.load(
    [...NODES, ...more],
    [tab, errors, { id: 'caught', type: 'helper', z: 'tab' }, ...flow],
    credentials,
  );
}

export async function undeploy(): Promise<void> {
  await helper.unload();
}

/** Stops the flow as a redeploy would, with the helper's spies still in place. */
export async function stop(): Promise<void> {
  await helper.clearFlows();
}

/** Settings of an isapi-config for a simulated terminal, as DESIGN.md names them. */
export function terminalNode(terminal: SimulatedTerminal, more: object = {}): FlowNode {
  const { host, port, protocol } = terminal.address;
  return {
    id: 'terminal',
    type: 'isapi-config',
    name: 'Lobby',
    protocol,
    host,
    port: String(port),
    certificate: 'verify',
    timeout: '2',
    retries: '1',
    queueLimit: '1000',
    ...more,
  };
}

export function node(id: string): ReturnType<typeof helper.getNode> & NonNullable<unknown> {
  const found = helper.getNode(id);
  if (!found) throw new Error(`no node ${id}`);
  return found;
}

/** Sends a message into a node and gives what comes out at one of the given helper nodes, or the error that is caught. */
export async function send(
  to: string,
  msg: Message,
  outputs: string[],
): Promise<{ at: string; msg: Message & { error?: ErrorMessage } }> {
  const arrival = arrivalAt([...outputs, 'caught']);
  node(to).receive(msg);
  return arrival;
}

/** The next message at any of these helper nodes. */
export function arrivalAt(ids: string[]): Promise<{ at: string; msg: Message & { error?: ErrorMessage } }> {
  return new Promise((resolve) => {
    // Not once(): Node-RED's nodes keep `input` listeners of their own and cannot take a wrapped one off again.
    const listeners = ids.map((at) => {
      const listener = (msg: Message): void => {
        for (const [id, each] of listeners) node(id).removeListener('input', each);
        resolve({ at, msg });
      };
      node(at).on('input', listener);
      return [at, listener] as const;
    });
  });
}

/** Sends a message that has to fail and gives the error as a Catch node sees it. */
export async function failure(to: string, msg: Message, outputs: string[] = []): Promise<ErrorMessage> {
  const { at, msg: out } = await send(to, msg, outputs);
  if (at !== 'caught' || !out.error) throw new Error(`no error, but ${JSON.stringify(out)} at ${at}`);
  return out.error;
}
