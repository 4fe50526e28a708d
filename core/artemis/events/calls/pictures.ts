import { Connection } from '../../../http/connection.js';
import { withAnyOf } from '../../../http/turns/wait.js';
import type { Gateway } from '../../gateway/gateway.js';
import { pictureOf, type StoredEvent } from '../gateway-event.js';

/** A longer one is left away. */
const MOST_BYTES = 2 * 1024 * 1024;
/** A picture does not hold up its event for longer. */
const LONGEST_WAIT_MS = 5_000;

/** The picture of an event, a JPEG; undefined where there is none or it cannot be had. Never throws. */
export async function fetchPicture(
  gateway: Gateway,
  event: StoredEvent,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const where = pictureOf(event.raw);
  if (!where) return undefined;
  const deadline = AbortSignal.timeout(LONGEST_WAIT_MS);
  try {
    return await withAnyOf([signal, deadline], async (either) => {
      const { data } = await gateway.call({
        ...{ operation: 'eventPicture', method: 'POST', path: '/api/acs/v1/event/pictures' },
        ...{ body: where, idempotent: true, retries: 0, redirects: 'told', signal: either },
      });
      return jpegIn(data instanceof URL ? await download(gateway, data, either) : data);
    });
  } catch {
    return undefined;
  }
}

/** iSecure Center says where the picture lies. Only its own computer is asked, and no key goes there. */
async function download({ settings }: Gateway, url: URL, signal: AbortSignal): Promise<Buffer | undefined> {
  const protocol = url.protocol === 'https:' ? 'https' : 'http';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (host.toLowerCase() !== settings.host.toLowerCase()) return undefined;
  const port = url.port === '' ? (protocol === 'https' ? 443 : 80) : Number(url.port);
  const connection = new Connection({ ...settings, protocol, host, port, maxSockets: 1 });
  try {
    const { status, body } = await connection.send({
      ...{ method: 'GET', path: `${url.pathname}${url.search}`, headers: { Accept: '*/*' } },
      ...{ timeoutMs: LONGEST_WAIT_MS, maxBytes: MOST_BYTES, signal },
    });
    return status === 200 ? body : undefined;
  } finally {
    connection.close();
  }
}

function jpegIn(data: unknown): Buffer | undefined {
  const isJpeg = Buffer.isBuffer(data) && data.subarray(0, 3).toString('hex') === 'ffd8ff';
  return isJpeg && data.length <= MOST_BYTES ? data : undefined;
}
