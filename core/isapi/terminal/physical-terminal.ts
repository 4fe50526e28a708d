import { performance } from 'node:perf_hooks';

import { SerialQueue } from '../../http/turns/serial-queue.js';
import { heldLoginsInForce } from '../login/held/held-logins.js';
import { KeptLogins } from '../login/held/kept-logins.js';
import { KnownLogins } from '../login/known-logins.js';
import { Enrolment } from './enrolment.js';

/** What all connections to one address share: the terminal serves one request at a time, whoever sends it. */
export interface PhysicalTerminal {
  requests: SerialQueue;
  enrolment: Enrolment;
  /** One list at a time is worked on: two would each undo what the other has done. */
  syncs: SerialQueue;
  /** A rejected login is not tried again by another connection, nor after a redeploy or, where it is kept, a restart. */
  logins: KnownLogins;
  /** What was found out about it, by subject, in words for a report: no address, serial number, login or person. */
  learnt: Map<string, string>;
}

const terminals = new Map<string, PhysicalTerminal>();

/**
 * The terminal at this address. It survives a redeploy, so that a capture made before is still known from one made
 * after. Two config nodes with the same address, over http or https, are one terminal. That a host name and an address
 * mean the same terminal cannot be seen: users are asked to use one of them.
 */
export function physicalTerminal(host: string, port: number): PhysicalTerminal {
  // One terminal serves both standard ports; other ports may be forwarded to different terminals behind one address.
  const key = port === 80 || port === 443 ? host.toLowerCase() : `${host.toLowerCase()}:${port}`;
  let terminal = terminals.get(key);
  if (!terminal) {
    terminal = {
      requests: new SerialQueue(),
      enrolment: new Enrolment(),
      syncs: new SerialQueue(),
      logins: knownLogins(key),
      learnt: new Map(),
    };
    terminals.set(key, terminal);
  }
  return terminal;
}

function knownLogins(address: string): KnownLogins {
  const clocks = { now: () => performance.now(), today: () => Date.now() };
  return new KnownLogins(clocks.now, () => {
    const heldLogins = heldLoginsInForce();
    return heldLogins && new KeptLogins(heldLogins, address, clocks);
  });
}
