import { EventEmitter } from 'node:events';
import type { Command } from './gateway/behaviour/commands.js';
import type { GatewayEvent } from './gateway/behaviour/events.js';
import type { RequestRecord } from './gateway/behaviour/request-log.js';
import type { Person } from './gateway/records/persons.js';
import type { Subscription } from './gateway/records/subscriptions.js';
import type { Visit } from './gateway/records/visits.js';
import { RequestHandler } from './gateway/request-handler.js';
import { SHAPES } from './gateway/signing/partner.js';
import type { GatewaySimulatorSettings } from './gateway/state/settings.js';
import { GatewayState } from './gateway/state/gateway-state.js';
import { LoopbackServer } from './server/loopback-server.js';

export { parseCommand } from './gateway/behaviour/commands.js';
export { parseFault } from './gateway/behaviour/faults.js';
export type { SignatureShape } from './gateway/signing/partner.js';
export type { GatewayEvent } from './gateway/behaviour/events.js';
export type { GatewaySimulatorSettings } from './gateway/state/settings.js';

/** A person as persons() shows it; `face` names the picture by its content. */
interface SimulatedPerson extends Person {
  face?: string;
}

/**
 * A HikCentral gateway for tests and for building flows without one: it listens on loopback, checks signatures with code of
 * its own, keeps persons, visits and access while it runs, of pictures only what names them, and sends events to whoever
 * has subscribed.
 * It emits `event` with a GatewayEvent.
 */
export class SimulatedGateway extends EventEmitter<{ event: [GatewayEvent] }> {
  private readonly server: LoopbackServer;
  private readonly state: GatewayState;

  /** @throws Error for an unknown shape of the signature, and for a key without a secret */
  constructor(settings: GatewaySimulatorSettings) {
    super();
    const { signature = 'key-nonce-timestamp', appKey = '', appSecret = '' } = settings;
    if (!Object.hasOwn(SHAPES, signature)) throw new Error(`There is no signature ${JSON.stringify(signature)}`);
    if ((appKey === '') !== (appSecret === '')) {
      throw new Error('A key and a secret belong together: give both or none');
    }
    this.state = new GatewayState(settings, (content) =>
      this.emit('event', { ...content, at: new Date().toISOString() }),
    );
    const { log } = this.state;
    const handler = new RequestHandler(this.state);
    this.server = new LoopbackServer('simulated gateway', settings, {
      onRequest: (request, response) => void handler.handle(request, response),
      onConnection: () => (log.connections += 1),
      onTlsHandshake: () => undefined,
    });
  }

  /**
   * Begins to listen.
   * @throws Error if the host is not loopback, if it runs already, or if it cannot listen (EADDRINUSE, EACCES)
   */
  start(): Promise<{ port: number }> {
    return this.server.start();
  }

  /** Closes the server with every socket and timer at once. */
  stop(): Promise<void> {
    this.state.abandon();
    return this.server.stop();
  }

  /** Where it listens. @throws Error before the first start */
  get address(): { host: string; port: number; protocol: 'http' | 'https' } {
    return this.server.address;
  }

  /** @throws Error for a device, person or door that is not there, and for more faults than can wait */
  runCommand(command: Command): void {
    const { faults, partner, clock, site } = this.state;
    switch (command.command) {
      case 'fault':
        faults.arm(command.fault);
        break;
      case 'partner':
        partner.standing = command.standing;
        break;
      case 'clock':
        clock.ahead = command.ahead;
        break;
      case 'device':
        site.setDevice(command.device, command.state);
        break;
      case 'raise':
        this.state.raise(command.events);
        break;
      case 'subscriptions lost':
        this.state.subscriptions.lose();
        break;
      case 'reset':
        this.state.reset();
        break;
    }
  }

  persons(): SimulatedPerson[] {
    const { persons } = this.state;
    return persons.all().map((person) => {
      const face = persons.faceOf(person.personId);
      return { ...person, ...(face !== undefined && { face }) };
    });
  }

  visits(): Visit[] {
    return this.state.visits.all().map((visit) => ({ ...visit }));
  }

  /** Who gets which events. */
  get subscriptions(): Subscription[] {
    return this.state.subscriptions.all();
  }

  /** The ids of the persons or visitors with this access level. */
  membersOf(accessLevel: string): string[] {
    return this.state.access.membersOf(accessLevel);
  }

  /** The requests since the start or the last reset; the last thousand. */
  get requests(): readonly Readonly<RequestRecord>[] {
    return this.state.log.records;
  }
}
