import { SerialQueue } from '../../http/serial-queue.js';
import { Enrolment } from './enrolment.js';

/** What all connections to one address share: the terminal serves one request at a time, whoever sends it. */
export interface PhysicalTerminal {
  requests: SerialQueue;
  enrolment: Enrolment;
}

const terminals = new Map<string, PhysicalTerminal>();

/**
 * The terminal at this address. It outlives a redeploy on purpose: a capture made before is still to be told from
 * one made after, and two config nodes with the same address, be it over http or https, are one terminal. A name and an
 * address of the same unit cannot be told to be one: users are told to use one of them.
 */
export function physicalTerminal(host: string, port: number): PhysicalTerminal {
  // One unit serves both standard ports; other ports may be forwarded to different units behind one address.
  const key = port === 80 || port === 443 ? host.toLowerCase() : `${host.toLowerCase()}:${port}`;
  let terminal = terminals.get(key);
  if (!terminal) {
    terminal = { requests: new SerialQueue(), enrolment: new Enrolment() };
    terminals.set(key, terminal);
  }
  return terminal;
}
