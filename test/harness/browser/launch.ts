import { existsSync } from 'node:fs';

import { chromium, type Browser } from 'playwright-core';

/** Chromium without a window and what belongs to one: Debian's package chromium-headless-shell. */
const CHROMIUM = '/usr/bin/chromium-headless-shell';
const ARGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
];

/** Whether what needs a browser can run; in CI it has to. */
export const hasBrowser = existsSync(CHROMIUM) || process.env['CI'] === 'true';

/** A browser of its own. @throws Error where there is none */
export async function launchBrowser(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) throw new Error(`no browser at ${CHROMIUM}`);
  return chromium.launch({ executablePath: CHROMIUM, args: ARGS });
}
