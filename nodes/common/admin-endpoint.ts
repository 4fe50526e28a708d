import type { Node, NodeAPI } from 'node-red';
import type { ServerResponse } from 'node:http';

import { HikvisionError } from '../../core/errors/hikvision-error.js';
import { sentencesOf } from './texts.js';

/** The settings of a config node as they stand in its dialog, `${ENV}` replaced. */
export type DialogSettings = Record<string, unknown>;

/** Why an endpoint does not examine: `refused.<error>` in the catalogue of the node type. */
class Refusal extends Error {
  constructor(
    readonly error: string,
    readonly params: Record<string, string> = {},
  ) {
    super(error);
  }
}

/** What the editor sends in place of a secret that was not typed again. */
const UNCHANGED = '__PWRD__';

/**
 * Registers `POST <nodeType>/:id/<action>` for those who may write that node type. `answer` gets the settings that stand
 * in the dialog and the id of the deployed node (`_new` where it was never deployed); what it returns is sent as JSON, each
 * failure in its findings as references to the catalogue. A Refusal, or settings that cannot be used, gives
 * HTTP 400 `{ error, params, failure? }`.
 */
export function onExamination(
  RED: NodeAPI,
  nodeType: string,
  action: string,
  answer: (id: string, settings: DialogSettings, signal: AbortSignal) => Promise<Examined>,
): void {
  const permission = RED.auth.needsPermission(`${nodeType}.write`);
  RED.httpAdmin.post(`/${nodeType}/:id/${action}`, permission, (request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort(HikvisionError.of('cancelled')));
    const examine = async (): Promise<void> => {
      const id = String(request.params['id']);
      const settings = substituted(RED, RED.nodes.getNode(id), request.body);
      const examined = await answer(id, settings, gone.signal);
      reply(response, 200, { ...examined, findings: examined.findings.map(withoutFailure) });
    };
    examine().catch((error: unknown) => refuse(response, error));
  });

  function refuse(response: ServerResponse, error: unknown): void {
    if (response.destroyed) return;
    if (error instanceof Refusal) {
      reply(response, 400, { error: error.error, params: error.params });
    } else if (error instanceof HikvisionError && error.code === 'NOT_CONFIGURED') {
      reply(response, 400, { error: 'settings', params: error.params, failure: sentencesOf(error) });
    } else {
      RED.log.error(`${nodeType} ${action}: ${error instanceof Error ? error.message : String(error)}`);
      reply(response, 500, { error: 'unexpected' });
    }
  }
}

interface Examined {
  findings: readonly { failure?: HikvisionError }[];
}

/**
 * The secret to examine with. A stored one is used only where it goes to nobody but whom the deployed node sends it to:
 * else whoever may edit could have it sent to a host of his own.
 * @param given as it came from the dialog
 * @param stored that of the deployed node; undefined unless address and user are those of the deployed node
 * @throws Refusal `password-needed`
 */
export function secretFor(given: unknown, stored: string | undefined): string {
  if (given !== UNCHANGED) return typeof given === 'string' ? given : '';
  if (stored === undefined) throw new Refusal('password-needed');
  return stored;
}

/**
 * The tls-config that is chosen in the dialog; undefined where none is.
 * @throws Refusal `tls-not-deployed`, since without its CA the examination would find something else
 */
export function deployedTlsConfig(RED: NodeAPI, id: unknown): string | undefined {
  if (typeof id !== 'string' || id === '') return undefined;
  const node = RED.nodes.getNode(id) as Node | null;
  if (node?.type !== 'tls-config') throw new Refusal('tls-not-deployed');
  return id;
}

/** A failure as the editor translates it; the rest of the finding stays. */
function withoutFailure({ failure, ...finding }: Examined['findings'][number]): object {
  return failure ? { ...finding, failure: sentencesOf(failure) } : finding;
}

/** `${NAME}` stands for an environment variable, of the node's flow or of the process, as in a deployed node. */
function substituted(RED: NodeAPI, node: Node | null, body: unknown): DialogSettings {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new Refusal('other', { error: 'JSON' });
  const entries = Object.entries(body).map(([name, value]: [string, unknown]) => {
    const variable = typeof value === 'string' ? /^\$\{([^}]+)\}$/.exec(value)?.[1] : undefined;
    return [name, variable === undefined ? value : variableOf(RED, node, variable)];
  });
  return Object.fromEntries(entries) as DialogSettings;
}

function variableOf(RED: NodeAPI, node: Node | null, name: string): unknown {
  const found: unknown = node ? RED.util.getSetting(node, name) : process.env[name];
  return found ?? '';
}

function reply(response: ServerResponse, status: number, body: object): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(body));
}
