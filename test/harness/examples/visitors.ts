import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runInNewContext } from 'node:vm';

import { SimulatedGateway } from '../../../simulator/simulated-gateway.js';
import { eventually } from './system.js';
import { PARTNER } from '../gateway/raw-client.js';
import { example, type FlowNode } from '../node-red/embedded-node-red.js';
import { NodeRedProcess } from '../node-red/node-red-process.js';

/** What a link call of another flow gets back. */
export interface Outcome {
  outcome: string;
  person: string;
  visitorId?: string;
  appointRecordId?: string;
  code?: string;
  why?: string;
  hint?: string;
  retries: number;
  devices?: { deviceName: string }[];
}

export type Language = 'en' | 'ru';
/** Sentences of the page, by their names in its catalogue. */
export interface Texts {
  [name: string]: string | Texts;
}

const NAME = 'systems/hikcentral-visitor';
const CONTEXT_ON_DISK = {
  contextStorage: { default: { module: 'localfilesystem', config: { flushInterval: 0 } } },
};

/** Another flow that calls the example: `POST /call/<name of a link in node>` with the payload; the outcome is the reply. */
const CALLER = [
  { id: 'caller', type: 'tab', label: 'caller' },
  { id: 'call-in', type: 'http in', z: 'caller', url: '/call/:link', method: 'post', wires: [['call-target']] },
  {
    id: 'call-target',
    type: 'change',
    z: 'caller',
    rules: [{ t: 'set', p: 'target', pt: 'msg', to: 'req.params.link', tot: 'msg' }],
    wires: [['call-link']],
  },
  { id: 'call-link', type: 'link call', z: 'caller', links: [], linkType: 'dynamic', timeout: '60', wires: [['call-out']] },
  { id: 'call-out', type: 'http response', z: 'caller', wires: [] },
];

/** The example in a real Node-RED, with a gateway that the test has in its hands. */
export class VisitorSystem {
  private constructor(
    readonly red: NodeRedProcess,
    readonly gateway: SimulatedGateway,
    readonly flow: FlowNode[],
    private readonly folder: string,
  ) {}

  /** The flow as shipped; only waiting times are shortened. */
  static async start(): Promise<VisitorSystem> {
    const folder = await mkdtemp(path.join(tmpdir(), 'hikvision-visitors-'));
    const gateway = new SimulatedGateway({ port: 0, applySeconds: 0.1, ...PARTNER });
    const { port } = await gateway.start();
    const flow = await example(NAME);
    const credentials: Record<string, object> = {};
    for (const node of flow) {
      if (node.type === 'delay' && node['pauseType'] === 'delay') Object.assign(node, { timeout: '50', timeoutUnits: 'milliseconds' });
      if (node.type === 'change' && node.name === 'count') {
        for (const rule of node['rules'] as { p: string; to: string }[]) if (rule.p === 'delay') rule.to = '10';
      }
      if (node.type !== 'artemis-config') continue;
      Object.assign(node, { protocol: 'http', host: '127.0.0.1', port: String(port), timeout: '2', retries: '0' });
      credentials[node.id] = PARTNER;
    }
    process.env['VISITORS_DATABASE'] = path.join(folder, 'visitors.sqlite');
    const red = await NodeRedProcess.start({ flow: [...flow, ...CALLER], credentials, settings: CONTEXT_ON_DISK });
    const system = new VisitorSystem(red, gateway, flow, folder);
    await eventually(async () => (await system.call('forget a visitor', { personCode: '0' })).outcome === 'forgotten', 'its table is there');
    return system;
  }

  get database(): string {
    return path.join(this.folder, 'visitors.sqlite');
  }

  /** Calls the link in node of that name, as another flow does. */
  async call(link: string, payload: unknown): Promise<Outcome> {
    const reply = await this.red.fetch(`call/${encodeURIComponent(link)}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(payload),
    });
    if (!reply.ok) throw new Error(`${link}: HTTP ${reply.status} ${await reply.text()}`);
    return (await reply.json()) as Outcome;
  }

  /** How often the gateway was asked for a path that ends so. */
  asked(end: string): number {
    return this.gateway.requests.filter((request) => request.path.endsWith(end)).length;
  }

  /** Everything that stays: the database and the context stores. */
  async kept(): Promise<string> {
    const context = path.join(this.red.userDir, 'context');
    const names = (await readdir(context, { recursive: true }).catch(() => [])).filter((name) => name.endsWith('.json'));
    const files = [this.database, ...names.map((name) => path.join(context, name))];
    return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n');
  }

  async remove(): Promise<void> {
    await this.red.remove();
    await this.gateway.stop();
    await rm(this.folder, { recursive: true, force: true });
    Reflect.deleteProperty(process.env, 'VISITORS_DATABASE');
  }
}

/** The catalogue of the page, read from the page itself. */
export async function visitorTexts(): Promise<Record<Language, Texts>> {
  const template = (await example(NAME)).find(({ type }) => type === 'ui-template');
  const [, script = ''] = /<script>\s*export default ([^]*);\s*<\/script>/.exec(String(template?.['format'])) ?? [];
  const browser = { localStorage: { getItem: () => null }, sessionStorage: { getItem: () => null, removeItem: () => undefined }, navigator: { language: 'en' } };
  const component = runInNewContext(`(${script})`, browser) as { data: () => { texts: Record<Language, Texts> } };
  return JSON.parse(JSON.stringify(component.data().texts)) as Record<Language, Texts>;
}
