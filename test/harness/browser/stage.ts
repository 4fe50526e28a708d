import path from 'node:path';

import type { Browser } from 'playwright-core';

import { line } from '../node-red/node-red-line.js';
import { NodeRedProcess } from '../node-red/node-red-process.js';
import { Editor, type Language } from './editor.js';
import { hasBrowser, launchBrowser } from './launch.js';

/** One on each line of Node-RED: the catalogues are the same files, and both on both would take twice as long. */
export const LANGUAGES: readonly Language[] = [line === '5' ? 'ru' : 'en-US'];

/** Those that this line of Node-RED has itself. */
export const THEMES = line === '5' ? (['light', 'dark'] as const) : (['light'] as const);

/** One Node-RED and one browser for all browser tests of a run. */
let stage: Promise<{ red: NodeRedProcess; browser: Browser }> | undefined;

/** A suite that needs the browser: without one it is skipped by name, but fails in CI. */
export function describeInBrowser(title: string, body: () => void): void {
  const suite = hasBrowser ? describe : describe.skip;
  suite(title, function () {
    this.timeout(60_000);
    body();
  });
}

/** An editor in a window of its own, with nothing deployed; the one before is closed. */
export async function openEditor(language: Language): Promise<Editor> {
  stage ??= start();
  const { red, browser } = await stage;
  await Promise.all(browser.contexts().map((context) => context.close()));
  await red.deploy([{ id: 'tab', type: 'tab', label: 'test' }]);
  const context = await browser.newContext({ locale: language, viewport: { width: 1400, height: 1300 } });
  return Editor.open(await context.newPage(), red, language);
}

/** Where screenshots of this line of Node-RED belong. */
export function screenshotFile(language: Language, theme: string, name: string): string {
  const root = path.resolve(__dirname, '../../..');
  return path.join(root, '.output', 'screenshots', `${line}-${language}-${theme}`, `${name}.png`);
}

async function start(): Promise<{ red: NodeRedProcess; browser: Browser }> {
  const red = await NodeRedProcess.start();
  return { red, browser: await launchBrowser() };
}

after(async () => {
  if (!stage) return;
  const { red, browser } = await stage;
  await browser.close();
  await red.remove();
});
