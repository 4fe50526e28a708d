import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const CLIENTS = join(__dirname, '..', '..', 'interop', 'clients');
/** Debian's own, which has its packages; another one may stand before it in the path. */
const PYTHON = '/usr/bin/python3';

/** How a client gives the face to the terminal; see clients/terminal_client.py. */
export type Way = 'url' | 'picture' | 'record';

/** A client that somebody else wrote, driven by a script that was written from the guide. */
export interface ForeignClient {
  name: string;
  /** Says by its exit code whether the client is there. */
  probe: readonly [command: string, ...options: string[]];
  script: readonly [command: string, ...options: string[]];
}

const SCRIPT = join(CLIENTS, 'terminal_client.py');

export const FOREIGN_CLIENTS: readonly ForeignClient[] = [
  { name: 'curl', probe: ['curl', '--version'], script: ['sh', join(CLIENTS, 'register.sh')] },
  ...['httpx', 'requests', 'urllib.request'].map((module): ForeignClient => {
    const [name = module] = module.split('.');
    return {
      name: `Python's ${name}`,
      probe: [PYTHON, '-c', `import ${module}`],
      script: [PYTHON, '-B', SCRIPT, name],
    };
  }),
];

/** Whether the client is installed. Where tests run for a release (CI=true), a missing one is an error. */
export function isClientInstalled({ name, probe: [command, ...options] }: ForeignClient): boolean {
  const { status } = spawnSync(command, options, { stdio: 'ignore' });
  if (status !== 0 && process.env['CI'] === 'true') throw new Error(`${name} is not installed`);
  return status === 0;
}

/** Registers a person and gives what the client printed. @throws Error with that where it failed */
export async function register(
  { name, script: [command, ...options] }: ForeignClient,
  terminal: { origin: string; username: string; password: string },
  person: { way: Way; employeeNo: string; name: string },
): Promise<void> {
  await run(name, [command, ...options, person.way, person.employeeNo, person.name], {
    ...{ TERMINAL_URL: terminal.origin, TERMINAL_USER: terminal.username, TERMINAL_PASSWORD: terminal.password },
    POLL_SECONDS: '0.05',
  });
}

/** A client of a gateway, with a signature of its own; see clients/gateway_client.py. */
export const GATEWAY_CLIENT: ForeignClient = {
  name: "Python's requests",
  probe: [PYTHON, '-c', 'import requests'],
  script: [PYTHON, '-B', join(CLIENTS, 'gateway_client.py')],
};

/** Programs that post events as a gateway does. */
export const EVENT_SENDERS: readonly ForeignClient[] = [
  { name: 'curl', probe: ['curl', '--version'], script: ['sh', join(CLIENTS, 'event_sender.sh')] },
  {
    name: "Python's urllib",
    probe: [PYTHON, '-c', 'import urllib.request'],
    script: [PYTHON, '-B', join(CLIENTS, 'event_sender.py')],
  },
];

/** Posts events and gives the status of each answer. @throws Error where the client failed */
export async function sendEvents({ name, script }: ForeignClient, destination: string): Promise<string[]> {
  return (await run(name, script, { DESTINATION: destination })).trim().split(/\s+/);
}

/** Adds a person at a gateway and finds it again; what the gateway says to either. @throws Error where the client failed */
export async function addAndFind(
  { name, script }: ForeignClient,
  gateway: { origin: string; appKey: string; appSecret: string; signed: readonly string[] },
  person: readonly [givenName: string, familyName: string],
): Promise<unknown> {
  const { origin, appKey, appSecret, signed } = gateway;
  const environment = { GATEWAY_URL: origin, APP_KEY: appKey, APP_SECRET: appSecret, SIGNED: signed.join(',') };
  return JSON.parse(await run(name, [...script, ...person], environment));
}

/** Runs a client to its end and gives what it printed. @throws Error with that where it failed */
async function run(
  name: string,
  [command, ...options]: readonly [string, ...string[]],
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  const child = spawn(command, options, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Nothing of the machine's own may stand between the client and the simulator.
    env: { ...process.env, no_proxy: '*', NO_PROXY: '*', ...environment },
  });
  const printed = { output: '', errors: '' };
  child.stdout.on('data', (text: Buffer) => (printed.output += text.toString()));
  child.stderr.on('data', (text: Buffer) => (printed.errors += text.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${name} ended with ${code}:\n${printed.output}${printed.errors}`);
  return printed.output;
}
