import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runInNewContext } from 'node:vm';

import { type Browser, type BrowserContextOptions, type Locator, type Page } from 'playwright-core';

import { SimulatedGateway } from '../../../simulator/simulated-gateway.js';
import { freePort } from '../free-port.js';
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

  /**
   * The flow as shipped; only waiting times are shortened.
   * @param change what a test changes in each node
   */
  static async start(change: (node: FlowNode) => void = () => undefined): Promise<VisitorSystem> {
    const folder = await mkdtemp(path.join(tmpdir(), 'hikvision-visitors-'));
    const gateway = new SimulatedGateway({ port: 0, applySeconds: 0.1, ...PARTNER });
    const { port } = await gateway.start();
    const flow = await example(NAME);
    const own = await freePort();
    const credentials: Record<string, object> = {};
    for (const node of flow) {
      if (node.type === 'delay' && node['pauseType'] === 'delay') Object.assign(node, { timeout: '50', timeoutUnits: 'milliseconds' });
      if (node.type === 'change' && node.name === 'count') {
        for (const rule of node['rules'] as { p: string; to: string }[]) if (rule.p === 'delay') rule.to = '10';
      }
      if (node.type === 'artemis-events') node['address'] = `http://127.0.0.1:${own}`;
      change(node);
      if (node.type !== 'artemis-config') continue;
      Object.assign(node, { protocol: 'http', host: '127.0.0.1', port: String(port), timeout: '2', retries: '0' });
      credentials[node.id] = PARTNER;
    }
    process.env['VISITORS_DATABASE'] = path.join(folder, 'visitors.sqlite');
    const red = await NodeRedProcess.start({ flow: [...flow, ...CALLER], credentials, settings: CONTEXT_ON_DISK, port: own });
    return new VisitorSystem(red, gateway, flow, folder);
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

/** The page as somebody at a reception sees it. */
export class VisitorsPage {
  private constructor(
    readonly page: Page,
    private readonly texts: Texts,
  ) {}

  static async open(browser: Browser, system: VisitorSystem, language: Language, options: BrowserContextOptions = {}): Promise<VisitorsPage> {
    const context = await browser.newContext({ locale: language === 'ru' ? 'ru-RU' : 'en-US', ...options });
    context.setDefaultTimeout(10_000);
    const page = await context.newPage();
    await page.goto(`${system.red.url}/dashboard/visitors`);
    const opened = new VisitorsPage(page, (await visitorTexts())[language]);
    await page.locator('.guests').waitFor();
    await page.getByText(opened.text('loading')).waitFor({ state: 'detached' });
    return opened;
  }

  /** A text of the page in its language: `codes.INTERRUPTED`, with values for its places. */
  text(name: string, values: Record<string, string> = {}): string {
    const found = name.split('.').reduce<string | Texts | undefined>((at, step) => (typeof at === 'object' ? at[step] : undefined), this.texts);
    if (typeof found !== 'string') throw new Error(`no text ${name}`);
    return found.replace(/\{(\w+)\}/g, (whole, value: string) => values[value] ?? whole);
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name: this.text(name), exact: true });
  }

  /** An input, or a list to choose from. */
  field(name: string): Locator {
    return this.page.getByRole('textbox', { name: this.text(name), exact: true }).or(this.page.getByRole('combobox', { name: this.text(name), exact: true }));
  }

  get panel(): Locator {
    return this.page.locator('.panel');
  }

  /** Fills the form for a guest of the simulated receptionist; it is not sent yet. */
  async fill(given: string, family = 'Guest'): Promise<void> {
    await this.button('invite').click();
    await this.field('given').fill(given);
    await this.field('family').fill(family);
    await this.field('host').selectOption({ label: 'Robin Reception' });
  }

  /** Chooses a file as the photo. */
  async choose(name: string, mimeType: string, buffer: Buffer): Promise<void> {
    await this.panel.locator('input[type=file]').setInputFiles({ name, mimeType, buffer });
  }

  async invite(): Promise<void> {
    await this.button('send').click();
  }

  guest(name: string): Locator {
    return this.page.locator('.guests > li', { has: this.page.getByRole('heading', { name, exact: true }) });
  }

  /** Waits until the list shows this state of a guest. */
  state(name: string, state: string): Promise<void> {
    return this.guest(name).locator('.chip', { hasText: this.text(`states.${state}`) }).waitFor();
  }

  /** Presses what can be done for a guest, and says yes where it is asked. */
  async act(name: string, action: string, question?: string): Promise<void> {
    await this.guest(name).getByRole('button', { name: `${this.text(`actions.${action}`)}: ${name}`, exact: true }).click();
    if (question !== undefined) await this.page.locator('dialog').getByRole('button', { name: this.text(`ask.${question}`), exact: true }).click();
  }

  async leave(): Promise<void> {
    await this.page.context().close();
  }
}
