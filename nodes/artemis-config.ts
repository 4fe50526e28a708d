import type { Node, NodeAPI, NodeDef } from 'node-red';

import { checkGateway, type CheckReport, type Finding } from './artemis/check.js';
import { Gateway } from './artemis/gateway.js';
import { gatewaySettings, type GatewaySettings, type RawGatewaySettings } from './artemis/gateway-settings.js';
import { asFailure, HikvisionError, type FailureCause } from './http/failure.js';
import { nodeError } from './node-red/texts.js';
import { tlsOptionsOf } from './node-red/tls-config.js';

interface Credentials {
  appKey: string;
  appSecret: string;
}

interface Settings extends NodeDef, RawGatewaySettings {
  name: string;
  tls?: string;
  debugSigning?: unknown;
}

/** A finding with its special advice in the server's language. */
type SpokenFinding = Omit<Finding, 'failure'> & { hint?: string };

/** What artemis-request finds in this node. */
interface GatewayNode extends Node<Credentials> {
  /** The gateway, or why its settings cannot be used. */
  gateway: Gateway | HikvisionError;
  check: (signal: AbortSignal) => Promise<SpokenFinding[]>;
}

/** The editor's sign for a stored secret that was not changed. */
const UNCHANGED = '__PWRD__';

export = (RED: NodeAPI): void => {
  function ArtemisConfig(this: GatewayNode, config: Settings): void {
    RED.nodes.createNode(this, config);
    const logsSigning = config.debugSigning === true || config.debugSigning === 'true';
    const log = logsSigning ? (text: string): void => this.debug(text) : undefined;
    const gateway = openGateway({ ...config, ...this.credentials }, config.tls, log);
    this.gateway = gateway;
    this.check = async (signal) => {
      if (gateway instanceof HikvisionError) throw gateway;
      return spoken(await checkGateway(gateway.settings, (settings) => new Gateway(settings, log), signal));
    };
    if (gateway instanceof HikvisionError) {
      this.error(nodeError(RED, gateway).message);
    } else if (gateway.settings.protocol === 'https' && gateway.settings.certificate.mode === 'none') {
      this.warn(RED._('artemis-config.errors.unchecked.what'));
    }
    this.on('close', () => {
      if (gateway instanceof Gateway) gateway.close();
    });
  }

  function openGateway(
    raw: RawGatewaySettings,
    tlsConfig: string | undefined,
    log?: (text: string) => void,
  ): Gateway | HikvisionError {
    try {
      return new Gateway(gatewaySettings(raw, tlsOptionsOf(RED, tlsConfig)), log);
    } catch (error) {
      return asFailure(error);
    }
  }

  function spoken({ findings }: CheckReport): SpokenFinding[] {
    return findings.map(({ failure, ...finding }) => ({
      ...finding,
      ...(failure ? { hint: (nodeError(RED, failure).cause as FailureCause).hint } : {}),
    }));
  }

  /**
   * The settings of the open dialog. The stored secret goes only where it is deployed to go, or whoever may read flows
   * could have requests signed with it for a host of their own.
   */
  function dialogSettings(id: string, dialog: Settings): GatewaySettings | undefined {
    const deployed = RED.nodes.getNode(id) as GatewayNode | null;
    const raw: RawGatewaySettings & { tls?: unknown } = Object.fromEntries(
      Object.entries(dialog).map(([name, value]) => [name, substituted(value, deployed)]),
    );
    const typed = gatewaySettings(raw, tlsOptionsOf(RED, typeof raw.tls === 'string' ? raw.tls : undefined));
    if (dialog.appSecret !== UNCHANGED) return typed;
    if (!deployed || !(deployed.gateway instanceof Gateway)) return undefined;
    const { settings } = deployed.gateway;
    const isSame = (['protocol', 'host', 'port', 'basePath', 'appKey'] as const).every(
      (name) => settings[name] === typed[name],
    );
    return isSame ? { ...typed, appSecret: settings.appSecret } : undefined;
  }

  /** `${NAME}` as the runtime will read it when the node is deployed. */
  function substituted(value: unknown, node: Node | null): unknown {
    const isVariable = typeof value === 'string' && /^\$\{[^}]+\}$/.test(value);
    return isVariable && node ? (RED.util.evaluateNodeProperty(value, 'env', node, {}) as unknown) : value;
  }

  RED.nodes.registerType('artemis-config', ArtemisConfig, {
    credentials: { appKey: { type: 'text' }, appSecret: { type: 'password' } },
  });

  RED.httpAdmin.post(
    '/artemis-config/:id/check',
    RED.auth.needsPermission('artemis-config.write'),
    (request, response) => {
      const check = async (): Promise<void> => {
        const settings = dialogSettings(String(request.params['id']), request.body as Settings);
        if (!settings) {
          response.status(400).json({ error: 'password-needed' });
          return;
        }
        const outcome = await checkGateway(settings, (each) => new Gateway(each));
        const findings = spoken(outcome);
        const { protocol, host, port, basePath, product, signature } = settings;
        response.json({
          findings,
          ...(outcome.fingerprint === undefined ? {} : { fingerprint: outcome.fingerprint }),
          report: { gateway: { protocol, host, port, basePath, product, signature }, findings },
        });
      };
      check().catch((error: unknown) => {
        const failure = asFailure(error);
        response.status(400).json({ error: nodeError(RED, failure).message, params: failure.what.params });
      });
    },
  );
};
