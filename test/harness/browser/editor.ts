import { readFileSync } from 'node:fs';
import path from 'node:path';

import type { Locator, Page } from 'playwright-core';

import { folderOf } from '../editor/node-folders.js';
import type { NodeRedProcess } from '../node-red/node-red-process.js';

export type Language = 'en-US' | 'ru';

interface FormField {
  labels: Iterable<{ textContent: string }> | null;
  outerHTML: string;
  ownerDocument: { getElementById(id: string): { textContent: string } | null };
  getAttribute(name: string): string | null;
}

interface JQueryInput {
  next(selector: string): { length: number };
  typedInput(method: string, value: string): void;
  val(value: string): { trigger(event: string): void };
}

/** The compiler of the tests names functions with `__name`; and tooltips need not wait 750 ms for a test. */
const PRELUDE = `
  globalThis.__name = (named) => named;
  const { setTimeout } = globalThis;
  globalThis.setTimeout = (action, ms, ...more) => setTimeout(action, ms === 750 ? 0 : ms, ...more);
`;
const DONE = '#node-dialog-ok, #node-config-dialog-ok';

/** The parts of the editor's own global that the tests read. */
interface EditorGlobal {
  RED: {
    actions: { invoke(action: string): void };
    nodes: {
      eachNode(visit: (node: { id: string; type: string }) => void): void;
      eachConfig(visit: (node: { id: string; type: string }) => void): void;
    };
  };
}

/** On a busy machine the browser may leave out the moves that make a drag of a press and a release. */
const MOST_DRAGS = 3;

/** A Node-RED editor in a browser window, worked as a person works it. */
export class Editor {
  /** What the page complained about, but for the unreachable host of the palette's catalogue. */
  readonly complaints: string[] = [];

  private dialogs = 0;

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
    page.setDefaultTimeout(15_000);
    await page.addInitScript({ content: PRELUDE });
    await page.goto(red.url);
    await page.locator('.red-ui-palette-node').first().waitFor();
    await page.locator('#red-ui-loading-progress').waitFor({ state: 'hidden' });
    await page.evaluate('jQuery.fx.off = true');
    return editor;
  }

  /** A text of our catalogue in this editor's language, with its placeholders filled in. */
  says(type: string, key: string, params: Record<string, string | number> = {}): string {
    const file = path.resolve(__dirname, '../../..', folderOf(type), 'locales', this.language, `${type}.json`);
    let found: unknown = (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>)[type];
    for (const step of key.split('.')) found = (found as Record<string, unknown> | undefined)?.[step];
    if (typeof found !== 'string') throw new Error(`${this.language} has no ${type}.${key}`);
    return found.replace(/__(\w+?)__/g, (whole, name: string) => String(params[name] ?? whole));
  }

  /** Drags a node of that type from the palette into the flow; gives its id. */
  async drag(type: string, at: { x?: number; y?: number } = {}): Promise<string> {
    const before = await this.idsOf(type);
    for (let tries = 0; tries < MOST_DRAGS; tries += 1) {
      await this.dragOnce(type, at);
      const added = (await this.idsOf(type)).find((id) => !before.includes(id));
      if (added !== undefined) return added;
    }
    throw new Error(`${type} did not arrive in the flow`);
  }

  private async dragOnce(type: string, { x = 300, y = 120 }: { x?: number; y?: number }): Promise<void> {
    const source = this.page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`);
    await source.scrollIntoViewIfNeeded();
    const from = await boxOf(source);
    const chart = await boxOf(this.page.locator('#red-ui-workspace-chart'));
    const { mouse } = this.page;
    await mouse.move(from.x + from.width / 2, from.y + from.height / 2);
    await mouse.down();
    await mouse.move(chart.x + x, chart.y + y, { steps: 6 });
    await mouse.up();
  }

  /** Opens the dialog of a node in the flow by a double click. */
  edit(id: string): Promise<Dialog> {
    const node = this.page.locator(`[id="${id}"] .red-ui-flow-node`).first();
    return this.opened(() => node.dblclick());
  }

  /** The dialog that this action opens, once it stands still. */
  async opened(action: () => Promise<void>): Promise<Dialog> {
    await action();
    const mark = String((this.dialogs += 1));
    const arrived = this.page.locator('.red-ui-tray:not([data-dialog])');
    await arrived.locator(DONE).click({ trial: true });
    // The editor takes the dialog behind another out of the page and puts it back: its place is no way to find it.
    await arrived.evaluate((tray, value) => tray.setAttribute('data-dialog', value), mark);
    return new Dialog(this, this.page.locator(`.red-ui-tray[data-dialog="${mark}"]`));
  }

  /** Node-RED 5 has a dark theme, which it switches on by a class. */
  async setTheme(theme: 'light' | 'dark'): Promise<void> {
    await this.page.locator('html').evaluate((root, isDark) => {
      (root as unknown as { classList: { toggle(name: string, on: boolean): void } }).classList.toggle(
        'nr-theme-dark',
        isDark,
      );
    }, theme === 'dark');
  }

  /** Puts the palette and the sidebar away, or back. */
  async toggleBars(): Promise<void> {
    await this.page.evaluate(() => {
      const { actions } = (globalThis as unknown as EditorGlobal).RED;
      for (const action of ['core:toggle-palette', 'core:toggle-sidebar']) actions.invoke(action);
    });
  }

  async deploy(): Promise<void> {
    const started = this.red.next('Started modified|Started flows');
    // Disabled until something has changed: an example that is imported arrives after its dialog has gone.
    await this.page.locator('#red-ui-header-button-deploy:not(.disabled)').click();
    await started;
    // Until then the editor takes nothing, such as a node from the palette.
    await this.page.locator('#red-ui-editor-shade').waitFor({ state: 'hidden' });
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

  /** Imports an example flow of a package, named by its path in the menu; its tabs are added to the flows. */
  async importExample(module: string, example: string): Promise<void> {
    await this.page.locator('#red-ui-header-button-sidemenu').click();
    await this.page.locator('#menu-item-import').click();
    await this.page.locator('#red-ui-tab-red-ui-clipboard-dialog-import-tab-examples a').first().click();
    const tree = this.page.locator('#red-ui-clipboard-dialog-import-tab-examples');
    await tree.getByText(module, { exact: true }).click();
    let within = tree;
    for (const step of example.split('/')) {
      // A folder is within the items of all folders around it: the innermost is the last.
      within = within
        .locator('li')
        .filter({ has: this.page.getByText(step, { exact: true }) })
        .last();
      await within.getByText(step, { exact: true }).click();
    }
    await this.page.locator('#red-ui-clipboard-dialog-ok').click();
    await this.page.locator('#red-ui-clipboard-dialog').waitFor({ state: 'hidden' });
  }

  /** Shows a tab of the flows. */
  async showTab(label: string): Promise<void> {
    await this.page.locator('#red-ui-workspace-tabs .red-ui-tab-label', { hasText: label }).click();
  }

  /** Presses the button of an inject node. */
  async press(name: string): Promise<void> {
    await this.page
      .locator('.red-ui-flow-node-group', { hasText: name })
      .locator('.red-ui-flow-node-button-button')
      .click();
  }

  /** The messages of the debug sidebar, which is in front in Node-RED 5 and not in 4.1. */
  async debugMessages(): Promise<Locator> {
    if (!(await this.page.locator('.red-ui-debug-content').first().isVisible())) {
      await this.page.keyboard.press('Control+g');
      await this.page.keyboard.press('d');
    }
    return this.page.locator('.red-ui-debug-msg');
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

  /** Chooses the kind of a typed input and types a value into it. */
  async fillTyped(property: string, kind: string, value: string): Promise<void> {
    await this.field(property).evaluate(
      (input, [type]) => {
        const { $ } = globalThis as unknown as {
          $: (element: Element) => { typedInput(method: string, type?: string): void };
        };
        $(input).typedInput('type', type);
      },
      [kind],
    );
    const typed = this.rowOf(property).locator('.red-ui-typedInput-input');
    await typed.fill(value);
    await typed.blur();
  }

  /** Sets a field to a value without its kind, as a flow that is imported may have it. */
  setValue(property: string, value: string): Promise<void> {
    return this.field(property).evaluate((input, given) => {
      const { $ } = globalThis as unknown as { $: (element: Element) => JQueryInput };
      const field = $(input);
      if (field.next('.red-ui-typedInput-container').length > 0) field.typedInput('value', given);
      else field.val(given).trigger('change');
    }, value);
  }

  /** Opens what is folded away. */
  async unfold(): Promise<void> {
    for (const summary of await this.form.locator('details:not([open]) > summary').all()) await summary.click();
  }

  /** Ids of the fields that a screen reader has no name for. */
  unnamedFields(): Promise<string[]> {
    return this.form.locator('input:visible, select:visible, textarea:visible').evaluateAll((elements) => {
      const fields = elements as unknown as FormField[];
      const isNamed = (field: FormField): boolean => {
        const by = field.ownerDocument.getElementById(field.getAttribute('aria-labelledby') ?? '');
        return [...(field.labels ?? []), ...(by ? [by] : [])].some((label) => label.textContent.trim() !== '');
      };
      return fields.filter((field) => !isNamed(field)).map((field) => field.outerHTML);
    });
  }

  /** What a validator says of a field, shown at its red frame; '' where it has none. */
  async complaintAbout(property: string): Promise<string> {
    const framed = this.rowOf(property).locator(
      'input.input-error:visible, .red-ui-typedInput-container:has(> .input-error), .red-ui-typedInput-container.input-error',
    );
    if ((await framed.count()) === 0) return '';
    const { page } = this.editor;
    await page.mouse.move(1, 1);
    const popovers = page.locator('.red-ui-popover-content:visible');
    // That of a field under this dialog may stay: the mouse has not left it, the dialog has come over it.
    const others = await popovers.allInnerTexts();
    await framed.first().hover();
    const another = async (): Promise<string | undefined> =>
      (await popovers.allInnerTexts()).find((each) => !others.includes(each));
    let text = await another();
    while (text === undefined) {
      await page.waitForTimeout(20);
      text = await another();
    }
    await page.mouse.move(1, 1);
    // A typed field has two of them.
    await popovers.filter({ hasText: text }).first().waitFor({ state: 'hidden' });
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

  private rowOf(property: string): Locator {
    return this.field(property).locator('xpath=ancestor::div[contains(@class, "form-row")][1]');
  }

  private async closedBy(button: string): Promise<void> {
    await this.tray.locator(button).click();
    await this.tray.waitFor({ state: 'detached' });
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
