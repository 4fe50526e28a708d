import { runInNewContext } from 'node:vm';

import { type Browser, type BrowserContextOptions, type Locator, type Page } from 'playwright-core';

import { example } from '../node-red/embedded-node-red.js';
import { System } from './system.js';

/** Seconds that a terminal waits for the person in the tests; the page believes in 60 until it hears of the terminal. */
export const CAPTURE_SECONDS = 20;

export type Language = 'en' | 'ru';
/** Sentences of the page, by their names in its catalogue. */
export interface Texts {
  [name: string]: string | Texts;
}

/** The catalogue of the page, read from the page itself. */
export async function pageTexts(): Promise<Record<Language, Texts>> {
  const template = (await example('systems/employees-page')).find(({ type }) => type === 'ui-template');
  const [, script = ''] = /<script>\s*export default ([^]*);\s*<\/script>/.exec(String(template?.['format'])) ?? [];
  const browser = { localStorage: { getItem: () => null }, sessionStorage: { getItem: () => null, removeItem: () => undefined }, navigator: { language: 'en' } };
  const component = runInNewContext(`(${script})`, browser) as { data: () => { texts: Record<Language, Texts> } };
  return JSON.parse(JSON.stringify(component.data().texts)) as Record<Language, Texts>;
}

/** The system of this page. */
export function startSystem(): Promise<System> {
  return System.start('employees-page');
}

/** The page as an operator sees it. */
export class EmployeesPage {
  private constructor(
    readonly page: Page,
    private readonly texts: Texts,
  ) {}

  static async open(
    browser: Browser,
    system: System,
    language: Language = 'en',
    options: BrowserContextOptions = {},
  ): Promise<EmployeesPage> {
    const locale = language === 'ru' ? 'ru-RU' : 'en-US';
    const context = await browser.newContext({ locale, viewport: { width: 1280, height: 800 }, ...options });
    context.setDefaultTimeout(10_000);
    const page = await context.newPage();
    await page.goto(`${system.red.url}/dashboard/employees`);
    await page.locator('.employees').waitFor();
    return new EmployeesPage(page, (await pageTexts())[language]);
  }

  /** A text of the page in its language: `codes.captured`, with values for its places. */
  text(name: string, values: Record<string, string> = {}): string {
    const found = name.split('.').reduce<string | Texts | undefined>((at, step) => (typeof at === 'object' ? at[step] : undefined), this.texts);
    if (typeof found !== 'string') throw new Error(`no text ${name}`);
    return found.replace(/\{(\w+)\}/g, (whole, value: string) => values[value] ?? whole);
  }

  button(name: string, values?: Record<string, string>): Locator {
    return this.page.getByRole('button', { name: this.text(name, values), exact: true });
  }

  field(name: string): Locator {
    return this.panel.getByLabel(this.text(name), { exact: true });
  }

  get panel(): Locator {
    return this.page.locator('.panel');
  }

  /** The form of somebody new. */
  async add(no: string, name: string, department = 'Sales'): Promise<void> {
    await this.button('add').click();
    await this.field('columns.no').fill(no);
    await this.field('columns.name').fill(name);
    await this.field('columns.department').fill(department);
  }

  async edit(no: string): Promise<void> {
    await this.row(no).getByRole('button').click();
    await this.panel.waitFor();
  }

  async capture(terminal = 'Lobby'): Promise<void> {
    await this.button('captureAt', { terminal }).click();
  }

  async save(): Promise<void> {
    await this.panel.getByRole('button', { name: this.text('save'), exact: true }).click();
  }

  async close(): Promise<void> {
    await this.panel.locator('.foot').getByRole('button', { name: this.text('close'), exact: true }).click();
    await this.panel.waitFor({ state: 'detached' });
  }

  /** Answers the question on the screen with yes. */
  async confirm(name: string): Promise<void> {
    await this.page.locator('dialog').getByRole('button', { name: this.text(`ask.${name}`), exact: true }).click();
  }

  /** What the open form says, beside its buttons. */
  said(name: string, values?: Record<string, string>): Promise<void> {
    return this.shown(this.panel.locator('.foot .notice', { hasText: this.text(name, values) }));
  }

  /** What the list says when no form is open. */
  told(name: string, values?: Record<string, string>): Promise<void> {
    return this.page.locator('.beside .notice', { hasText: this.text(name, values) }).waitFor();
  }

  row(no: string): Locator {
    return this.page.locator('tbody tr', { has: this.page.locator(`td.no:text-is("${no}")`) });
  }

  /** Waits until the list shows this state of somebody at a terminal. */
  state(no: string, terminal: string, state: string): Promise<void> {
    return this.shown(this.row(no).locator(`.chip[title^="${terminal}: ${this.text(`states.${state}`)}"]`));
  }

  /** Waits for it; where it does not come, the error says what the page shows in its place. */
  private async shown(wanted: Locator): Promise<void> {
    try {
      await wanted.waitFor({ timeout: 20_000 });
    } catch (error) {
      const chips = await this.page.locator('.chip').evaluateAll((all) => all.map((chip) => chip.getAttribute('title')));
      throw new Error(`the page shows: ${await this.page.locator('.employees').innerText()}\n${chips.join('\n')}`, { cause: error });
    }
  }

  /** The photo in the form. */
  get photo(): Locator {
    return this.panel.locator('.portrait img');
  }

  /** The bytes of the photo in the form. */
  async photoBytes(): Promise<Buffer> {
    const base64 = await this.photo.evaluate(async (image: HTMLImageElement) => {
      const bytes = new Uint8Array(await (await fetch(image.src)).arrayBuffer());
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
    });
    return Buffer.from(base64, 'base64');
  }

  /** Chooses a file as the photo. */
  async choose(name: string, mimeType: string, buffer: Buffer): Promise<void> {
    await this.panel.locator('input[type=file]').setInputFiles({ name, mimeType, buffer });
  }

  /** Registers somebody with the face that the terminal sees. */
  async register(no: string, name: string, terminal = 'Lobby'): Promise<void> {
    await this.add(no, name);
    await this.capture(terminal);
    await this.said('codes.captured', { terminal });
  }

  async leave(): Promise<void> {
    await this.page.context().close();
  }
}
