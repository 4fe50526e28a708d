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
  const child = spawn(command, [...options, person.way, person.employeeNo, person.name], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      // Nothing of the machine's own may stand between the client and the terminal.
      ...{ no_proxy: '*', NO_PROXY: '*' },
      ...{ TERMINAL_URL: terminal.origin, TERMINAL_USER: terminal.username, TERMINAL_PASSWORD: terminal.password },
      POLL_SECONDS: '0.05',
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${name} ended with ${code}:\n${output}`);
}
