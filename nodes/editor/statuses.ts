import { chosenDevice } from './devices/config-nodes.js';
import { labelOfConfig } from './labels.js';
import { text } from './texts.js';

/**
 * A status of ours, such as `…/capture-face:capture-face.status.captured`; with a number or a terminal's own code at its end,
 * as `….status.look-3600`; with two numbers as `….status.connected-3_5`, or a moment in seconds since 1970.
 */
const OURS = /^@facecontroll\/node-red-hikvision(?:-fleet)?\/([\w-]+):\1\.status\.([\w.]+)(?:-(\w+))?$/;

/** What each node said last, without the name of its terminal. */
const said = new Map<string, EditorStatus>();

/**
 * A status arrives as a key of the catalogue, which the editor translates for each viewer; but a key carries no parameters, and
 * a key for each second of an hour is none. So the number stands at the end of the key, where the editor finds no text and
 * leaves it as it is, and here it gets its text. The order in which both see it does not matter. Before it stands the name of
 * the terminal or gateway that the node has chosen.
 */
export function showStatuses(): void {
  RED.comms.subscribe('status/#', (topic: string, status: EditorStatus) => {
    const id = topic.split('/')[1] ?? '';
    const node = RED.nodes.node(id);
    const words = wordsOf(status.text);
    if (words !== undefined) status.text = words;
    const place = node ? placeOf(node) : '';
    if (!node || (words === undefined && place === '')) return;
    said.set(id, { ...status });
    show(node, status, place);
  });
}

/** Shows the names of the terminals and gateways below their nodes, also below those that have nothing to say. */
export function showPlaces(nodes: EditorNode[]): void {
  for (const node of nodes) {
    const place = placeOf(node);
    if (place !== '' || said.has(node.id) || node.status) show(node, { ...said.get(node.id) }, place);
  }
}

function show(node: EditorNode, status: EditorStatus, place: string): void {
  const texts = [place, status.text].filter((each) => each !== undefined && each !== null && each !== '');
  if (texts.length > 0) status.text = texts.join(' · ');
  if (texts.length > 0) node.status = status;
  else delete node.status;
  node.dirtyStatus = true;
  node.dirty = true;
  RED.view.redrawStatus(node);
}

function placeOf(node: EditorNode): string {
  const device = chosenDevice(node);
  return device ? labelOfConfig(device) : '';
}

function wordsOf(given: unknown): string | undefined {
  const [, type, key, n] = OURS.exec(typeof given === 'string' ? given : '') ?? [];
  if (type === undefined || key === undefined) return undefined;
  return (
    text(type, `status.${key}`, n === undefined ? {} : { n: n.replace(/^(\d+)_(\d+)$/, '$1/$2'), time: timeOf(n) }) ||
    undefined
  );
}

/** A moment as the viewer's clock shows it; '' where it is none. */
function timeOf(seconds: string): string {
  return /^\d{10}$/.test(seconds) ? new Date(Number(seconds) * 1000).toLocaleTimeString() : '';
}
