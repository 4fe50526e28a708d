import { existsSync } from 'node:fs';
import path from 'node:path';

import { chromium, type Browser } from 'playwright-core';

import { line } from '../harness/node-red-line.js';
import { NodeRedProcess } from '../harness/node-red-process.js';
import { Editor, type Language } from './editor.js';

const CHROMIUM = '/usr/bin/chromium';
const ARGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
];
export const LANGUAGES: readonly Language[] = ['en-US', 'ru'];

/** One Node-RED and one browser for all browser tests of a run. */
let stage: Promise<{ red: NodeRedProcess; browser: Browser }> | undefined;

/** Skips the suite by name where there is no browser; in CI that is a failure. */
export function needsBrowser(suite: Mocha.Context): void {
  suite.timeout(60_000);
  if (existsSync(CHROMIUM)) return;
  if (process.env['CI'] === 'true') throw new Error(`no browser at ${CHROMIUM}`);
  suite.skip();
}

/** An editor in a window of its own, with nothing deployed. */
export async function openEditor(language: Language, colorScheme: 'light' | 'dark' = 'light'): Promise<Editor> {
  stage ??= start();
  const { red, browser } = await stage;
  await red.deploy([{ id: 'tab', type: 'tab', label: 'test' }]);
  const size = { width: 1400, height: 1000 };
  const context = await browser.newContext({ locale: language, colorScheme, viewport: size });
  return Editor.open(await context.newPage(), red, language);
}

/** Where screenshots of this line of Node-RED belong. */
export function screenshotFile(language: Language, theme: string, name: string): string {
  const root = path.resolve(__dirname, '../..');
  return path.join(root, '.output', 'screenshots', `${line}-${language}-${theme}`, `${name}.png`);
}

async function start(): Promise<{ red: NodeRedProcess; browser: Browser }> {
  const red = await NodeRedProcess.start();
  return { red, browser: await chromium.launch({ executablePath: CHROMIUM, args: ARGS }) };
}

after(async () => {
  if (!stage) return;
  const { red, browser } = await stage;
  await browser.close();
  await red.remove();
});
