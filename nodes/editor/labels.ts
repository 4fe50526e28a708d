import { text } from './texts.js';

/** What stands on a node in a flow: its name, or what it does and on which terminal or gateway. */
export function labelOfNode(node: EditorNode, what = node.type): string {
  const config = RED.nodes.node(textOf(node['terminal']) || textOf(node['gateway']));
  const where = config ? config.name || textOf(config['host']) : '';
  return node.name || [what, where].filter(Boolean).join(' · ');
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

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
