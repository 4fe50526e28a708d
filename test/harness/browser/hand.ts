import type { Locator } from 'playwright-core';

import type { Dialog, Editor } from './editor.js';

/** Somebody at the editor with mouse and keyboard, whose clicks and keys are counted; what is typed as text is not. */
export class Hand {
  /** Presses of a mouse button, and keys outside text. */
  count = 0;

  constructor(private readonly editor: Editor) {}

  /** Places a node from the palette. */
  async place(type: string, y: number, x = 300): Promise<string> {
    this.count += 1;
    return this.editor.drag(type, { x, y });
  }

  async click(target: Locator): Promise<void> {
    this.count += 1;
    await target.click();
  }

  async open(id: string): Promise<Dialog> {
    this.count += 2;
    return this.editor.edit(id);
  }

  async done(dialog: Dialog): Promise<void> {
    this.count += 1;
    await dialog.done();
  }

  /** Writes into a field that is clicked first; what stands there is replaced. */
  async write(field: Locator, text: string): Promise<void> {
    this.count += 1;
    await field.click();
    if ((await field.inputValue()) !== '') {
      this.count += 1;
      await field.press('Control+a');
    }
    await field.pressSequentially(text);
  }

  /** Draws a wire from the first output of one node to the input of another. */
  async wire(from: string, to: string): Promise<void> {
    this.count += 1;
    const { page } = this.editor;
    const port = (id: string, side: string): Locator =>
      page
        .locator(`[id="${id}"] .red-ui-flow-port-${side} .red-ui-flow-port, [id="${id}"].red-ui-flow-port-${side}`)
        .first();
    const [start, end] = [await centre(port(from, 'output')), await centre(port(to, 'input'))];
    await page.mouse.move(start.x, start.y);
    await page.mouse.down();
    await page.mouse.move(end.x, end.y, { steps: 8 });
    await page.mouse.up();
  }

  async deploy(): Promise<void> {
    this.count += 1;
    await this.editor.deploy();
  }

  /** Presses the button of an inject node. */
  async inject(id: string): Promise<void> {
    await this.click(this.editor.page.locator(`[id="${id}"] .red-ui-flow-node-button-button`));
  }
}

async function centre(locator: Locator): Promise<{ x: number; y: number }> {
  const box = await locator.boundingBox();
  if (!box) throw new Error('not shown');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}
