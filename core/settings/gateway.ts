import { isHost, isIPv6, port as portRule, protocol as protocolRule } from './connection.js';
import { checkbox, choice, text } from './kinds.js';
import { rule, UNKNOWN, withRule, type Given, type Reading, type Rule } from './rule.js';
import { isBlank, isSubstituted, trimmed } from './values.js';

/** Why the address of a gateway is refused; each is a reason of core/errors. */
export type AddressReason = 'address' | 'addressMissing' | 'addressPath' | 'addressPort';

/** Scheme, host, port and path as somebody pastes them: `https://hik.example.com:8443/artemis`. */
interface Pasted {
  protocol?: string;
  host: string;
  port?: string;
  path: string;
}

const PASTED =
  /^(?:(?<protocol>https?):\/\/)?(?<host>\[[\da-f:.]+\]|[^/?#@:[\]\s]+)(?::(?<port>\d{1,5}))?(?<path>\/[^?#\s]*)?$/i;
const DEFAULT_PATH = '/artemis';

/** The host of a gateway. A whole address may be pasted, as long as it does not contradict the other fields. */
export const host: Rule<string, AddressReason> = rule('text', { refused: 'addressMissing' }, (value, given) => {
  const address = typeof value === 'string' ? value.trim() : '';
  const pasted = pastedOf(address);
  if (!pasted) return { refused: 'address', params: { given: address } };
  return (given && contradiction(address, pasted, given)) ?? { value: pasted.host };
});

/** HikCentral Professional, or the Chinese iSecure Center, which shifts some codes. */
export const product = choice(['hikcentral', 'isecure']);
/** Which headers are signed. */
export const signature = choice(['key-nonce-timestamp', 'key-timestamp', 'key', 'minimal']);
/** Whether the body is signed too. */
export const contentMD5 = checkbox(false);
export const debugSigning = checkbox(false);
export const appKey = withRule(text(), { credential: 'text' });

/** That of a pasted address, else the one that is chosen. */
export const protocol: Rule<'https' | 'http'> = {
  ...protocolRule,
  read: (value, given) => protocolRule.read(pastedIn(given)?.protocol ?? value),
};

/** That of a pasted address, else the one that stands in the field. */
export const port: Rule<number | undefined> = {
  ...portRule,
  read: (value, given) => {
    const own = portRule.read(value);
    return own.refused === undefined ? portRule.read(pastedIn(given)?.port ?? value) : own;
  },
};

/** Where the OpenAPI begins, with a slash before it and none after it; '' is the root, which is written `/`. */
export const basePath: Rule<string> = rule(
  'text',
  { value: DEFAULT_PATH },
  (value) => {
    const path = typeof value === 'string' ? normalPath(value) : undefined;
    const isPath = path !== undefined && /^(\/[^\s/?#]+)*$/.test(path) && !/\/\.\.?(\/|$)/.test(path);
    return isPath ? { value: path } : { refused: 'path' };
  },
  { default: DEFAULT_PATH },
);

function contradiction(address: string, pasted: Pasted, given: Given): Reading<string, AddressReason> | undefined {
  const { host, port } = pasted;
  const path = normalPath(pasted.path);
  const base = isOpen(given('basePath')) ? undefined : basePath.read(given('basePath')).value;
  if (path !== '' && base !== undefined && path !== base && !path.startsWith(`${base}/`)) {
    return { refused: 'addressPath', params: { given: address, host, basePath: base } };
  }
  const other = given('port');
  if (port !== undefined && !isOpen(other) && !isBlank(other) && Number(other) !== Number(port)) {
    return { refused: 'addressPort', params: { given: address, host, port, other: trimmed(other) ?? '' } };
  }
  return undefined;
}

function pastedIn(given: Given | undefined): Pasted | undefined {
  const address = given?.('host');
  return typeof address === 'string' ? pastedOf(address.trim()) : undefined;
}

function pastedOf(address: string): Pasted | undefined {
  const parts = (isIPv6(address) ? { host: address } : PASTED.exec(address)?.groups) as Partial<Pasted> | undefined;
  const host = (parts?.host ?? '').replace(/^\[(.*)\]$/, '$1');
  if (!isHost(host)) return undefined;
  const { protocol, port, path = '' } = parts ?? {};
  return { host, path, ...(protocol ? { protocol } : {}), ...(port ? { port } : {}) };
}

/** Whether what stands in a field can only be told at run time. */
function isOpen(value: unknown): boolean {
  return value === UNKNOWN || isSubstituted(value);
}

function normalPath(path: string): string {
  const found = path.trim().replace(/\/+$/, '');
  return found === '' || found.startsWith('/') ? found : `/${found}`;
}
