// A simulated HikCentral for an example that calls one.
import { randomBytes, randomInt } from 'node:crypto';

/** As HikCentral gives them: eight digits, twenty characters. */
function newPartner() {
  return { appKey: String(randomInt(10_000_000, 99_999_999)), appSecret: randomBytes(15).toString('base64url') };
}

/**
 * Points every artemis-config of a flow at its gateway-simulator on `port`, with a key and secret of this run. A flow
 * without a simulator gets one, with a debug node, below its first tab's nodes; events come to `ownAddress`. Gives the
 * credentials by node.
 */
export function simulateGateway(flow, port, ownAddress) {
  const partner = newPartner();
  let simulator = flow.find((node) => node.type === 'gateway-simulator');
  if (!simulator) {
    const { id: z } = flow.find((node) => node.type === 'tab');
    const y = Math.max(...flow.filter((node) => node.z === z).map((node) => (node.y ?? 0) + (node.h ?? 0))) + 80;
    const [id, debug] = [randomBytes(8), randomBytes(8)].map((bytes) => bytes.toString('hex'));
    simulator = { id, type: 'gateway-simulator', z, name: 'Simulated HikCentral', version: 'V3.1.0', x: 190, y };
    Object.assign(simulator, { signature: 'key-nonce-timestamp', wires: [[debug]] });
    const shown = { active: true, tosidebar: true, complete: 'payload', targetType: 'msg', wires: [] };
    flow.push(simulator, { id: debug, type: 'debug', z, name: 'at HikCentral', x: 420, y, ...shown });
  }
  simulator.port = port;
  const credentials = { [simulator.id]: partner };
  for (const gateway of flow.filter((node) => node.type === 'artemis-config')) {
    const { signature = 'key-nonce-timestamp' } = simulator;
    Object.assign(gateway, { protocol: 'http', host: '127.0.0.1', port, basePath: '/artemis', signature });
    credentials[gateway.id] = partner;
  }
  for (const node of flow) if (node.type === 'artemis-events') node.address = ownAddress;
  return credentials;
}

/** One line for what happened at a simulated gateway. */
export function eventLine({ event, name, appointRecordId, visitorId, personId, id, code, why }) {
  const about = [name, visitorId ?? personId ?? id, appointRecordId, code, why].filter((part) => part !== undefined);
  return `   simulated gateway: ${[event, ...about].join(' · ')}`;
}
