import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { Node, NodeMessage } from 'node-red';

import { runtimePath } from './node-red-line.js';

const root = path.resolve(__dirname, '../../..');

export type FlowNode = Record<string, unknown> & { id: string; type: string; name?: string; z?: string };
export type Message = NodeMessage & Record<string, unknown>;

interface Hooked {
  msg: Message;
  source: { node: Node };
}

interface Received {
  msg: Message;
  destination: { id: string };
}

interface Red {
  init(server: http.Server, settings: object): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  hooks: {
    add(name: `onReceive.${string}`, callback: (event: Received) => void): void;
    add(name: `onSend.${string}`, callback: (event: Hooked[]) => void): void;
    remove(name: string): void;
  };
  nodes: { getNode(id: string): (Node & { receive(msg: object): void }) | null };
  events: NodeJS.EventEmitter;
  runtime: {
    flows: {
      setFlows(options: {
        flows: { flows: FlowNode[]; credentials?: object };
        deploymentType?: string;
      }): Promise<unknown>;
    };
  };
}

const RED = createRequire(__filename)(runtimePath) as Red;

/** A whole Node-RED in this process, with its core nodes, our built package, and a fresh user directory. */
export class EmbeddedNodeRed {
  private constructor(
    private readonly server: http.Server,
    readonly userDir: string,
  ) {}

  /** @param prepare adds to the user directory before Node-RED looks into it */
  static async start({ prepare }: { prepare?: (userDir: string) => Promise<void> } = {}): Promise<EmbeddedNodeRed> {
    const userDir = await mkdtemp(path.join(tmpdir(), 'hikvision-embedded-'));
    const scope = path.join(userDir, 'node_modules', '@facecontroll');
    await mkdir(scope, { recursive: true });
    await symlink(root, path.join(scope, 'node-red-hikvision'), 'junction');
    const dependencies = { '@facecontroll/node-red-hikvision': '*' };
    await writeFile(path.join(userDir, 'package.json'), JSON.stringify({ name: 'user', private: true, dependencies }));
    await writeFile(path.join(userDir, 'flows.json'), '[]');
    await prepare?.(userDir);
    const server = http.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    RED.init(server, {
      userDir,
      flowFile: 'flows.json',
      credentialSecret: false,
      httpAdminRoot: false,
      httpNodeRoot: false,
      logging: { console: { level: 'off', metrics: false, audit: false } },
      telemetry: { enabled: false, updateNotification: false },
    });
    const started = new Promise((resolve) => RED.events.once('flows:started', resolve));
    await RED.start();
    await started;
    return new EmbeddedNodeRed(server, userDir);
  }

  /** Replaces everything that is deployed. */
  async deploy(flows: FlowNode[], credentials: object = {}): Promise<void> {
    const started = new Promise((resolve) => RED.events.once('flows:started', resolve));
    await RED.runtime.flows.setFlows({ flows: { flows, credentials }, deploymentType: 'full' });
    await started;
  }

  receive(id: string, msg: object): void {
    const node = RED.nodes.getNode(id);
    if (!node) throw new Error(`no node ${id}`);
    node.receive(msg);
  }

  /** Calls `see` with each message that leaves a node of this type, until the returned function is called. */
  onSend(type: string, see: (msg: Message, source: Node) => void): () => void {
    const name = `onSend.watch${String(watches++)}` as const;
    RED.hooks.add(name, (events) => {
      for (const { msg, source } of events) if (source.node.type === type) see(msg, source.node);
    });
    return () => RED.hooks.remove(name);
  }

  /** The next message that arrives at this node. */
  arrival(id: string): Promise<Message> {
    const name = `onReceive.watch${String(watches++)}` as const;
    return new Promise((resolve) => {
      RED.hooks.add(name, ({ msg, destination }) => {
        if (destination.id !== id) return;
        RED.hooks.remove(name);
        resolve(msg);
      });
    });
  }

  async stop(): Promise<void> {
    await RED.stop();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await rm(this.userDir, { recursive: true, force: true });
  }
}

let watches = 0;

/** The examples in this folder of examples/, by their paths. */
export function examplesIn(folder: string): string[] {
  return readdirSync(path.join(root, 'examples', folder))
    .map((file) => `${folder}/${path.basename(file, '.json')}`)
    .sort();
}

/** A bundled example, as the Import menu gives it: its path below examples/, or below those of the companion: fleet/pair. */
export async function example(name: string): Promise<FlowNode[]> {
  const file = name.startsWith('fleet/') ? name.replace('fleet/', 'fleet/examples/') : `examples/${name}`;
  return JSON.parse(await readFile(path.join(root, `${file}.json`), 'utf8')) as FlowNode[];
}
