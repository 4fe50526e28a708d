import { readFileSync } from 'node:fs';
import path from 'node:path';

import type { Locator, Page } from 'playwright-core';

import type { NodeRedProcess } from '../harness/node-red-process.js';

export type Language = 'en-US' | 'ru';

const DONE = '#node-dialog-ok, #node-config-dialog-ok';

/** The parts of the editor's own global that the tests read. */
interface EditorGlobal {
  RED: {
    nodes: {
      eachNode(visit: (node: { id: string; type: string }) => void): void;
      eachConfig(visit: (node: { id: string; type: string }) => void): void;
    };
  };
}

/** A Node-RED editor in a browser window, worked as a person works it. */
export class Editor {
  /** What the page complained about, but for the unreachable host of the palette's catalogue. */
  readonly complaints: string[] = [];

  private constructor(
    readonly page: Page,
    readonly red: NodeRedProcess,
    readonly language: Language,
  ) {
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      const { url } = message.location();
      if (message.type() === 'error' && isOurs(url)) this.complaints.push(`${message.text()} ${url}`);
    });
  }

  static async open(page: Page, red: NodeRedProcess, language: Language): Promise<Editor> {
    const editor = new Editor(page, red, language);
    // The compiler of the tests names the functions that it sends to the page with this.
    await page.addInitScript({ content: 'globalThis.__name = (named) => named;' });
    await page.goto(red.url);
    await page.locator('.red-ui-palette-node').first().waitFor();
    await page.locator('#red-ui-loading-progress').waitFor({ state: 'hidden' });
    return editor;
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }

  /** A text of our catalogue in this editor's language, with its placeholders filled in. */
  says(type: string, key: string, params: Record<string, unknown> = {}): string {
    const file = path.resolve(__dirname, '../../nodes/locales', this.language, `${type}.json`);
    let found: unknown = (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>)[type];
    for (const step of key.split('.')) found = (found as Record<string, unknown> | undefined)?.[step];
    if (typeof found !== 'string') throw new Error(`${this.language} has no ${type}.${key}`);
    return found.replace(/__(\w+?)__/g, (whole, name: string) => String(params[name] ?? whole));
  }

  /** Drags a node of that type from the palette into the flow; gives its id. */
  async drag(type: string, { x = 300, y = 120 }: { x?: number; y?: number } = {}): Promise<string> {
    const before = await this.idsOf(type);
    const source = this.page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`);
    await source.scrollIntoViewIfNeeded();
    const from = await boxOf(source);
    const chart = await boxOf(this.page.locator('#red-ui-workspace-chart'));
    const { mouse } = this.page;
    await mouse.move(from.x + from.width / 2, from.y + from.height / 2);
    await mouse.down();
    await mouse.move(chart.x + x, chart.y + y, { steps: 6 });
    await mouse.up();
    const added = (await this.idsOf(type)).find((id) => !before.includes(id));
    if (added === undefined) throw new Error(`${type} did not arrive in the flow`);
    return added;
  }

  /** Opens the dialog of a node in the flow by a double click. */
  edit(id: string): Promise<Dialog> {
    const node = this.page.locator(`[id="${id}"] .red-ui-flow-node`).first();
    return this.opened(() => node.dblclick());
  }

  /** The dialog that this action opens, once it stands still. */
  async opened(action: () => Promise<void>): Promise<Dialog> {
    const trays = this.page.locator('.red-ui-tray');
    const tray = trays.nth(await trays.count());
    await action();
    await tray.locator(DONE).click({ trial: true });
    return new Dialog(this, tray);
  }

  async deploy(): Promise<void> {
    const started = this.red.next('Started modified|Started flows');
    await this.page.locator('#red-ui-header-button-deploy').click();
    await started;
  }

  /** Ids of the nodes and config nodes of a type, in the editor. */
  async idsOf(type: string): Promise<string[]> {
    return this.page.evaluate((wanted) => {
      const { nodes } = (globalThis as unknown as EditorGlobal).RED;
      const found: string[] = [];
      const visit = (node: { id: string; type: string }): void => {
        if (node.type === wanted) found.push(node.id);
      };
      nodes.eachNode(visit);
      nodes.eachConfig(visit);
      return found;
    }, type);
  }

  /** What stands below a node in the flow. */
  statusOf(id: string): Locator {
    return this.page.locator(`[id="${id}"] .red-ui-flow-node-status-label`);
  }
}

/** An edit dialog of a node or config node. */
export class Dialog {
  constructor(
    private readonly editor: Editor,
    readonly tray: Locator,
  ) {}

  get form(): Locator {
    return this.tray.locator('.hikvision-form');
  }

  field(property: string): Locator {
    return this.tray.locator(`[id="node-input-${property}"], [id="node-config-input-${property}"]`);
  }

  /** Types into a field as a person does, and leaves it. */
  async fill(property: string, value: string): Promise<void> {
    await this.field(property).fill(value);
    await this.field(property).blur();
  }

  /** What a validator says of a field, shown at its red frame; '' where it has none. */
  async complaintAbout(property: string): Promise<string> {
    const row = this.field(property).locator('xpath=ancestor::div[contains(@class, "form-row")][1]');
    const framed = row.locator('.input-error');
    if ((await framed.count()) === 0) return '';
    const { page } = this.editor;
    await page.mouse.move(1, 1);
    await framed.first().hover();
    const popover = page.locator('.red-ui-popover-content:visible').last();
    await popover.waitFor();
    const text = await popover.innerText();
    await page.mouse.move(1, 1);
    await popover.waitFor({ state: 'hidden' });
    return text;
  }

  /** Opens the dialog of a new config node from this node's own field for it. */
  addConfig(property: string): Promise<Dialog> {
    return this.editor.opened(() => this.tray.locator(`[id$="-input-btn-${property}-add"]`).click());
  }

  /** Opens the dialog of the config node that is chosen in this field. */
  editConfig(property: string): Promise<Dialog> {
    return this.editor.opened(() => this.tray.locator(`[id$="-input-btn-${property}-edit"]`).click());
  }

  done(): Promise<void> {
    return this.closedBy(DONE);
  }

  cancel(): Promise<void> {
    return this.closedBy('#node-dialog-cancel, #node-config-dialog-cancel');
  }

  private async closedBy(button: string): Promise<void> {
    const tray = await this.tray.elementHandle();
    await this.tray.locator(button).click();
    await tray?.waitForElementState('hidden');
  }
}

function isOurs(url: string): boolean {
  return !/^https?:\/\/(?!127\.0\.0\.1)/.test(url);
}

async function boxOf(locator: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await locator.boundingBox();
  if (!box) throw new Error('not shown');
  return box;
}
