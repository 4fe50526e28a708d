import type { Node, NodeAPI, NodeDef } from 'node-red';

import {
  testGateway,
  type GatewayTestResult,
  type GatewayFinding,
} from '../../core/artemis/operations/connection-test.js';
import { Gateway } from '../../core/artemis/gateway/gateway.js';
import {
  gatewaySettings,
  type GatewaySettings,
  type RawGatewaySettings,
} from '../../core/artemis/gateway/gateway-settings.js';
import { asFailure, HikvisionError } from '../../core/errors/hikvision-error.js';
import { statesOf } from '../../core/http/findings.js';
import { onConnectionTest, secretFor, type DialogSettings } from '../common/connection-test-endpoint.js';
import { settingsInDialog } from '../common/dialog-settings.js';
import { readSettings } from '../common/settings.js';
import { nodeError, wordsOf } from '../common/texts.js';
import { tlsOptionsOf } from '../common/tls-config.js';
import { settings as rules } from './settings.js';

interface Credentials {
  appKey: string;
  appSecret: string;
}

interface Settings extends NodeDef, RawGatewaySettings {
  name: string;
  tls?: string;
  debugSigning?: unknown;
}

/** A finding with its sentence and its advice in the server's language. */
type LocalizedFinding = Omit<GatewayFinding, 'failure'> & { what: string; hint?: string };

/** What artemis-request finds in this node. */
interface GatewayNode extends Node<Credentials> {
  /** The gateway, or why its settings cannot be used. */
  gateway: Gateway | HikvisionError;
  check: (signal: AbortSignal) => Promise<LocalizedFinding[]>;
}

export = (RED: NodeAPI): void => {
  function ArtemisConfig(this: GatewayNode, config: Settings): void {
    RED.nodes.createNode(this, config);
    const { debugSigning: logsSigning } = readSettings({ debugSigning: rules.debugSigning }, config);
    // As information: Node-RED does not show what is logged for debugging unless its settings say so.
    const log = logsSigning ? (text: string): void => this.log(text) : undefined;
    const gateway = openGateway({ ...config, ...this.credentials }, config.tls, log);
    this.gateway = gateway;
    this.check = async (signal) => {
      if (gateway instanceof HikvisionError) throw gateway;
      return localized(await testGateway(gateway.settings, (settings) => new Gateway(settings, log), signal));
    };
    if (gateway instanceof HikvisionError) {
      this.error(nodeError(RED, gateway).message);
    } else if (gateway.settings.protocol === 'https' && gateway.settings.certificate.mode === 'none') {
      this.warn(RED._('artemis-config.warning.unchecked'));
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

  function localized({ findings }: GatewayTestResult): LocalizedFinding[] {
    return findings.map(({ failure, ...finding }) => {
      const { id, state, text = state, params = {}, advice } = finding;
      const values = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]));
      const say = (key: string): string => RED._(`artemis-config.finding.${id}.${key}`, values);
      const words = failure ? wordsOf(RED, failure) : undefined;
      const hints = [words?.hint, advice === undefined ? undefined : say(advice === true ? 'advice' : advice)];
      const hint = hints.filter(Boolean).join(' ');
      return {
        ...finding,
        what: [say(text), words?.what].filter(Boolean).join('. '),
        ...(hint === '' ? {} : { hint }),
      };
    });
  }

  /** The gateway that stands in the dialog; with the stored secret where that is unchanged, and so are address and key. */
  function dialogSettings(id: string, dialog: DialogSettings): GatewaySettings {
    const settings = settingsInDialog(RED, dialog, 'appSecret', gatewaySettings);
    const deployed = deployedGateway(id)?.settings;
    const isSame = (['protocol', 'host', 'port', 'basePath', 'appKey'] as const).every(
      (name) => deployed?.[name] === settings[name],
    );
    return { ...settings, appSecret: secretFor(dialog['appSecret'], isSame ? deployed?.appSecret : undefined) };
  }

  function deployedGateway(id: string): Gateway | undefined {
    const node = RED.nodes.getNode(id) as Partial<GatewayNode> | null;
    return node?.gateway instanceof Gateway ? node.gateway : undefined;
  }

  RED.nodes.registerType('artemis-config', ArtemisConfig, {
    credentials: { appKey: { type: 'text' }, appSecret: { type: 'password' } },
  });

  onConnectionTest(RED, 'artemis-config', 'check', async (id, dialog, signal) => {
    const settings = dialogSettings(id, dialog);
    const { findings, fingerprint } = await testGateway(settings, (each) => new Gateway(each), signal);
    const { protocol, product, signature } = settings;
    return {
      findings,
      ...(fingerprint === undefined ? {} : { fingerprint }),
      report: {
        protocol,
        product,
        signature,
        findings: statesOf(findings),
      },
    };
  });
};
