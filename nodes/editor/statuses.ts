import { text } from './texts.js';

/** A status of ours with a number, such as `…/capture-face:capture-face.status.look-3600`. */
const NUMBERED = /^@facecontroll\/node-red-hikvision\/([\w-]+):\1\.status\.(\w+)-(\d+)$/;

/**
 * A status arrives as a key of the catalogue, which the editor translates for each viewer; but a key carries no parameters, and
 * a key for each second of an hour is none. So the number stands at the end of the key, where the editor finds no text and
 * leaves it as it is, and here it gets its text. The order in which both see it does not matter.
 */
export function translateNumberedStatuses(): void {
  RED.comms.subscribe('status/#', (topic: string, status: EditorStatus) => {
    const words = wordsOf(status.text);
    if (words === undefined) return;
    status.text = words;
    const node = RED.nodes.node(topic.split('/')[1] ?? '');
    if (!node) return;
    node.status = status;
    node.dirtyStatus = true;
    node.dirty = true;
    RED.view.redrawStatus(node);
  });
}

function wordsOf(given: unknown): string | undefined {
  const [, type, key, n] = NUMBERED.exec(typeof given === 'string' ? given : '') ?? [];
  return type === undefined || key === undefined ? undefined : text(type, `status.${key}`, { n });
}
