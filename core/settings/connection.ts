import { choice, configNode, duration, optionalWholeNumber, text, wholeNumber } from './kinds.js';
import { rule, withRule, type Condition, type Rule } from './rule.js';

/** Why a field of a connection is refused. */
export type ConnectionReason =
  'fingerprint' | 'fingerprintMissing' | 'host' | 'hostMissing' | 'hostPath' | 'hostPort' | 'hostProtocol' | 'userId';

/** The fields that the connections to a terminal and to a gateway have in common. */
const HTTPS: Condition = { protocol: ['https'] };

export const protocol = choice(['https', 'http']);

/** The port; blank means that of the protocol. */
export const port = optionalWholeNumber({ min: 1, max: 65_535 });

/** How the other side's certificate is checked; a word that is none of these checks it, as is safe. */
export const certificate = withRule(choice(['verify', 'pin', 'none'], { unknownWord: 'verify' }), { when: HTTPS });

/** The one certificate that is accepted: its SHA-256 as upper-case pairs with colons. */
export const fingerprint: Rule<string, ConnectionReason> = rule(
  'text',
  { refused: 'fingerprintMissing' },
  (value) => {
    const found = typeof value === 'string' ? normalFingerprint(value) : undefined;
    return found === undefined ? { refused: 'fingerprint' } : { value: found };
  },
  { when: { ...HTTPS, certificate: ['pin'] } },
);

export const tls = withRule(configNode('tls-config'), { when: HTTPS });

/** How long a reply may take. */
export const timeout = duration({ usual: 10, min: 0.05, max: 600 });

/** How often a request that failed for a passing reason is repeated. */
export const retries = wholeNumber({ usual: 2, min: 0, max: 20 });

/** How many requests may wait at most. */
export const queueLimit = wholeNumber({ usual: 1000, min: 1, max: 1_000_000 });

/** The host alone: a name, an IPv4 address, or an IPv6 address with or without brackets. */
export const host: Rule<string, ConnectionReason> = rule('text', { refused: 'hostMissing' }, (value) => {
  if (typeof value !== 'string') return { refused: 'host' };
  const given = value.trim();
  const bare = given.replace(/^\[(.*)\]$/, '$1');
  return isHost(bare) ? { value: bare } : { refused: whyNoHost(given) };
});

/** A name to log in with. A colon ends it in what Digest hashes; control characters cannot stand in a header. */
export const username: Rule<string> = rule(
  'text',
  { value: '' },
  (value) => (typeof value === 'string' && !/[:\p{Cc}]/u.test(value) ? { value } : { refused: 'username' }),
  { credential: 'text' },
);

export const secret = withRule(text(), { credential: 'password' });

/** A name that is sent in a header. */
export const userId: Rule<string, ConnectionReason> = rule('text', { value: '' }, (value) =>
  typeof value === 'string' && /^[\x20-\x7e]*$/.test(value) ? { value: value.trim() } : { refused: 'userId' },
);

/** A fingerprint as upper-case hex pairs with colons, or undefined where it is none. */
export function normalFingerprint(given: string): string | undefined {
  const hex = given.replace(/[\s:]/g, '').toUpperCase();
  return /^[0-9A-F]{64}$/.test(hex) ? (hex.match(/../g) ?? []).join(':') : undefined;
}

/** Whether this is a host name, an IPv4 or an IPv6 address, and nothing else. */
export function isHost(given: string): boolean {
  return /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\.?$/.test(given) || isIPv6(given);
}

/** An IPv6 address, also with a zone such as `%eth0`. */
export function isIPv6(given: string): boolean {
  const [, address] = /^([0-9a-f:.]+)(?:%[\w.-]+)?$/i.exec(given) ?? [];
  return address !== undefined && URL.canParse(`http://[${address}]/`);
}

function whyNoHost(given: string): ConnectionReason {
  if (/^[a-z]+:\/\//i.test(given)) return 'hostProtocol';
  if (/[/?#@\s]/.test(given)) return 'hostPath';
  return /^[^:]+:\d+$/.test(given) ? 'hostPort' : 'host';
}
