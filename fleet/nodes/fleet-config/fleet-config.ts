import type { Node, NodeAPI, NodeDef } from 'node-red';

import { asFailure, HikvisionError } from '../../../core/errors/hikvision-error.js';
import { statesOf } from '../../../core/http/findings.js';
import {
  deployedTlsConfig,
  onConnectionTest,
  secretFor,
  type DialogSettings,
} from '../../../nodes/common/connection-test-endpoint.js';
import { serialOfTerminal } from '../../../nodes/common/terminal-guard.js';
import { directoryFor } from '../../../nodes/common/terminals.js';
import { nodeError, wordsOf } from '../../../nodes/common/texts.js';
import { tlsOptionsOf } from '../../../nodes/common/tls-config.js';
import { testFleet } from '../../core/database/check.js';
import { Fleet } from '../../core/fleet.js';
import type { FleetSettings, FleetState } from '../../core/options.js';
import { hasFleet, registerFleet, type KnownFleet } from '../common/fleets.js';
import { withinClose } from '../common/within.js';
import { fleetSettings, type RawFleetSettings } from './fleet-settings.js';

const TYPE = 'fleet-config';
/** What decides who learns the stored password. */
const ADDRESS = ['connection', 'host', 'port', 'database', 'user', 'tls'] as const;

interface Credentials {
  user: string;
  password: string;
  url: string;
}

type Settings = NodeDef & RawFleetSettings & { tls?: string; directory?: string };

/** As the endpoint of the test finds the deployed node. */
interface FleetNode extends Node<Credentials> {
  deployed?: RawFleetSettings;
}

export = (RED: NodeAPI): void => {
  function FleetConfig(this: FleetNode, config: Settings): void {
    RED.nodes.createNode(this, config);
    this.deployed = { ...config, ...this.credentials };
    const part = new Part(RED, this);
    part.open(config.directory, () => {
      // A Node-RED is one instance of one fleet: two of them would each hold the terminals against the other.
      if (hasFleet()) throw HikvisionError.of('fleetTwice', { delivery: 'unsent' });
      return fleetSettings(this.deployed ?? {}, tlsOptionsOf(RED, config.tls));
    });
    const unregister = registerFleet(this.id, part);
    this.on('close', (removed: boolean, done: () => void) => {
      void withinClose(part.close()).finally(() => {
        unregister(removed);
        done();
      });
    });
  }

  RED.nodes.registerType(TYPE, FleetConfig, {
    credentials: { user: { type: 'text' }, password: { type: 'password' }, url: { type: 'password' } },
  });

  onConnectionTest(RED, TYPE, 'test', async (id, dialog, signal) => {
    const findings = await testFleet(dialogSettings(id, dialog), signal);
    return { findings, report: { findings: statesOf(findings) } };
  });

  /** The database that stands in the dialog; with the stored secret where that is unchanged, and so is where it goes. */
  function dialogSettings(id: string, dialog: DialogSettings): FleetSettings {
    const node = RED.nodes.getNode(id) as Partial<FleetNode> | null;
    const stored = node?.type === TYPE ? (node.deployed ?? {}) : {};
    const isSame = ADDRESS.every((name) => textOf(stored[name]) === textOf(dialog[name]));
    const secrets =
      dialog['connection'] === 'url'
        ? { url: secretFor(dialog['url'], stored['connection'] === 'url' ? textOf(stored['url']) : undefined) }
        : { password: secretFor(dialog['password'], isSame ? textOf(stored['password']) : undefined) };
    return fleetSettings({ ...dialog, ...secrets }, tlsOptionsOf(RED, deployedTlsConfig(RED, dialog['tls'])));
  }
};

/** What one fleet-config has of its fleet. */
class Part implements KnownFleet {
  fleet: Fleet | HikvisionError = HikvisionError.of('noFleet');
  state: FleetState = 'refused';
  private readonly listeners = new Set<() => void>();
  private isClosed = false;

  constructor(
    private readonly RED: NodeAPI,
    private readonly node: Node,
  ) {}

  /** @param settingsOf throws a HikvisionError where the fleet is not to be joined */
  open(directoryId: string | undefined, settingsOf: () => FleetSettings): void {
    try {
      const settings = settingsOf();
      const { directory, ready } = directoryFor(directoryId);
      const fleet = new Fleet({
        settings,
        listed: () => directory.list.map(({ name, site }) => ({ name, site })),
        serialOf: serialOfTerminal,
        onState: (state, failure) => this.enter(settings.instance, state, failure),
        wordsOf: (failure) => wordsOf(this.RED, failure).what,
        onProblem: (failure) => this.node.warn(nodeError(this.RED, failure).message),
      });
      [this.fleet, this.state] = [fleet, 'connecting'];
      // Before that it would take it that there are no terminals.
      void ready.then(() => {
        if (!this.isClosed) fleet.start();
      });
    } catch (error) {
      this.fleet = asFailure(error);
      this.node.error(nodeError(this.RED, this.fleet).message);
    }
  }

  onState(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    if (this.fleet instanceof Fleet) await this.fleet.close();
  }

  private enter(instance: string, state: FleetState, failure?: HikvisionError): void {
    const isNew = state !== this.state;
    this.state = state;
    const why = failure ? nodeError(this.RED, failure).message : this.RED._(`${TYPE}.log.${state}`, { instance });
    if (state === 'refused') this.node.error(why);
    else if (state === 'lost' && isNew) this.node.warn(why);
    else if (state === 'ready' && isNew) this.node.log(why);
    for (const listener of this.listeners) listener();
  }
}

/** A setting as its field shows it. */
function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
}
