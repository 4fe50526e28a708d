import { text } from './texts.js';

/**
 * What stands on a node in a flow: its name, or what it does. On which terminal or gateway stands below it, with the status: a
 * label makes the node as wide as it is.
 */
export function labelOfNode(node: EditorNode, what = node.type): string {
  return node.name || what;
}

/** What stands on a config node: its name, or the address. */
export function labelOfConfig(node: EditorNode): string {
  return node.name || textOf(node['host']) || node.type;
}

/**
 * What a request does: its method and the end of a fixed path; the node's type where the path comes with the message.
 * @param segments how many parts of the path tell one request from another
 */
export function labelOfRequest(node: EditorNode, segments: number): string {
  const path = textOf(node['path']).split('?')[0] ?? '';
  if (node['pathType'] !== 'str' || path === '') return labelOfNode(node);
  return labelOfNode(node, `${textOf(node['method'])} ${path.split('/').filter(Boolean).slice(-segments).join('/')}`);
}

/** What leaves a node by an output. */
export function labelOfOutput(type: string, output: string | undefined): string {
  return output === undefined ? '' : text(type, `output.${output}`);
}

export function labelStyle(node: EditorNode): string {
  return node.name ? 'node_label_italic' : '';
}

/** A value that is a text; '' for any other. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
