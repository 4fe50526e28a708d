import type { Node, NodeAPI } from 'node-red';
import type tls from 'node:tls';

interface TlsConfigNode extends Node {
  addTLSOptions(options: tls.ConnectionOptions): void;
}

/** What Node-RED's own tls-config node says about CA, certificate and key; undefined where none is chosen. */
export function tlsOptionsOf(RED: NodeAPI, id: string | undefined): tls.ConnectionOptions | undefined {
  const node = id ? (RED.nodes.getNode(id) as TlsConfigNode | null) : null;
  if (!node) return undefined;
  const options: tls.ConnectionOptions = {};
  node.addTLSOptions(options);
  return options;
}
