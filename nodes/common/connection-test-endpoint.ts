import type { Node, NodeAPI } from 'node-red';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { HikvisionError } from '../../core/errors/hikvision-error.js';
import { sentencesOf } from './texts.js';

/** The settings of a config node as they stand in its dialog, `${ENV}` replaced. */
export type DialogSettings = Record<string, unknown>;

/** Why an endpoint does not run: `refused.<error>` in the catalogue of the node type. */
class Refusal extends Error {
  constructor(
    readonly error: string,
    readonly params: Record<string, string> = {},
    readonly status = 400,
  ) {
    super(error);
  }
}

/** What the editor sends in place of a secret that was not typed again. */
const UNCHANGED = '__PWRD__';

/** Tests under way at once at one endpoint; of them, one for each address. */
const MOST_TESTS = 3;

/**
 * Registers `POST <nodeType>/:id/<action>` for those who may write that node type. `answer` gets the settings that stand
 * in the dialog and the id of the deployed node (`_new` where it was never deployed); what it returns is sent as JSON, each
 * failure in its findings as references to the catalogue. A Refusal, or settings that cannot be used, gives HTTP 400
 * `{ error, params, failure? }`; what the editor would not send, 403 or 415; more tests at once than it takes, 429.
 */
export function onConnectionTest(
  RED: NodeAPI,
  nodeType: string,
  action: string,
  answer: (id: string, settings: DialogSettings, signal: AbortSignal) => Promise<TestResult>,
): void {
  const permission = RED.auth.needsPermission(`${nodeType}.write`);
  const underWay = new Set<string>();
  RED.httpAdmin.post(`/${nodeType}/:id/${action}`, permission, (request, response) => {
    const stranger = strangerStatus(request);
    if (stranger !== undefined) {
      reply(response, stranger, { error: 'not-the-editor', params: {} });
      return;
    }
    const gone = new AbortController();
    response.once('close', () => gone.abort(HikvisionError.of('cancelled')));
    const run = async (): Promise<void> => {
      const id = String(request.params['id']);
      const settings = substituted(RED, id, request.body);
      const address = addressIn(settings);
      if (underWay.size >= MOST_TESTS || underWay.has(address)) throw new Refusal('busy', {}, 429);
      underWay.add(address);
      try {
        const result = await answer(id, settings, gone.signal);
        reply(response, 200, { ...result, findings: result.findings.map(withoutFailure) });
      } finally {
        underWay.delete(address);
      }
    };
    run().catch((error: unknown) => refuse(response, error));
  });

  function refuse(response: ServerResponse, error: unknown): void {
    if (response.destroyed) return;
    if (error instanceof Refusal) {
      reply(response, error.status, { error: error.error, params: error.params });
    } else if (error instanceof HikvisionError && error.code === 'NOT_CONFIGURED') {
      reply(response, 400, { error: 'settings', params: error.params, failure: sentencesOf(error) });
    } else {
      RED.log.error(`${nodeType} ${action}: ${error instanceof Error ? error.message : String(error)}`);
      reply(response, 500, { error: 'unexpected' });
    }
  }
}

/**
 * The status for a request that the editor would not send; undefined for one that it would. A page elsewhere can post a
 * form, but can send neither this type nor this header: the browser would ask this server first, which does not agree.
 */
function strangerStatus({ headers }: IncomingMessage): number | undefined {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/json') return 415;
  return headers['x-requested-with'] === 'XMLHttpRequest' ? undefined : 403;
}

function addressIn({ host, port }: DialogSettings): string {
  return [host, port].map((part) => (isPlain(part) ? String(part).trim().toLowerCase() : '')).join(':');
}

interface TestResult {
  findings: readonly { failure?: HikvisionError }[];
}

/**
 * The secret to test with. A stored one is used only where it goes to nobody but whom the deployed node sends it to:
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
 * @throws Refusal `tls-not-deployed`, since without its CA the test would find something else
 */
export function deployedTlsConfig(RED: NodeAPI, id: unknown): string | undefined {
  if (typeof id !== 'string' || id === '') return undefined;
  const node = RED.nodes.getNode(id) as Node | null;
  if (node?.type !== 'tls-config') throw new Refusal('tls-not-deployed');
  return id;
}

/** A failure as the editor translates it; the rest of the finding stays. */
function withoutFailure({ failure, ...finding }: TestResult['findings'][number]): object {
  return failure ? { ...finding, failure: sentencesOf(failure) } : finding;
}

/** Where the connection goes: what stands here decides who learns the other fields. */
const ADDRESS = ['protocol', 'connection', 'host', 'port'];
/** The same where the whole address is a secret. */
const SECRET_ADDRESS = 'url';

/**
 * `${NAME}` stands for an environment variable, as in a deployed node; but only where the deployed node has it in that
 * very field, at that very address: else whoever may test could read any variable, or have it sent to a host of his own.
 * @throws Refusal `env-not-deployed`, naming the field
 */
function substituted(RED: NodeAPI, id: string, body: unknown): DialogSettings {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new Refusal('other', { error: 'JSON' });
  const dialog: DialogSettings = { ...body };
  const deployed = deployedSettings(RED, id);
  const isSameAddress =
    ADDRESS.every((name) => sameText(dialog[name], deployed[name])) &&
    (dialog[SECRET_ADDRESS] === UNCHANGED || sameText(dialog[SECRET_ADDRESS], deployed[SECRET_ADDRESS]));
  const node = RED.nodes.getNode(id) as Node | null;
  for (const [field, value] of Object.entries(dialog)) {
    const variable = typeof value === 'string' ? /^\$\{([^}]+)\}$/.exec(value)?.[1] : undefined;
    if (variable === undefined) continue;
    if (!node || !isSameAddress || value !== deployed[field]) throw new Refusal('env-not-deployed', { field });
    const found: unknown = RED.util.getSetting(node, variable);
    dialog[field] = found ?? '';
  }
  return dialog;
}

/** The settings of a deployed node as they were written, `${NAME}` and all; nothing where there is no such node. */
function deployedSettings(RED: NodeAPI, id: string): DialogSettings {
  let settings: DialogSettings = {};
  RED.nodes.eachNode((node) => {
    if (node.id === id) settings = { ...node };
  });
  const credentials: unknown = RED.nodes.getCredentials(id);
  return { ...settings, ...(typeof credentials === 'object' ? credentials : {}) };
}

function sameText(one: unknown, other: unknown): boolean {
  const [left, right] = [one, other].map((value) => (isPlain(value) ? String(value).trim() : ''));
  return left === right;
}

function isPlain(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function reply(response: ServerResponse, status: number, body: object): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(body));
}
