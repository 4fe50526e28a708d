import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';

import type { EventEndpoint } from '../../../nodes/artemis-events/event-endpoint.js';
import { Listening } from '../../../nodes/artemis-events/listening.js';
import { EventHost } from '../../harness/gateway/event-host.js';
import { openGateway } from '../../harness/gateway/gateway-under-test.js';
import { PARTNER } from '../../harness/gateway/raw-client.js';

/** A node with this id that listens; resolves when its gateway sends. */
async function listen(host: EventHost, node: string, type: number): Promise<Listening> {
  const gateway = openGateway({ options: { ...PARTNER } as never, port: host.simulated.address.port });
  const options = { types: [type], checkMs: 60_000, pictures: false, inFlight: 1, ackTimeoutMs: 1000 };
  const kept = { begin: 'now', acknowledge: 'sent', base: host.origin, userDir: host.folder, node } as const;
  const endpoint = { open: () => () => undefined } as unknown as EventEndpoint;
  return new Promise((resolve, reject) => {
    const listener = { onEvent: () => undefined, onNotice: () => resolve(listening), onFailure: reject };
    const listening = new Listening(gateway, endpoint, { ...options, ...kept }, listener);
    void listening.start();
  });
}

function foldersOf(host: EventHost): Promise<string[]> {
  return readdir(path.join(host.folder, 'hikvision', 'artemis-events'));
}

describe('a node that is deleted', () => {
  it('leaves alone what another keeps whose id begins like its own', () =>
    EventHost.use({}, async (host) => {
      const first = await listen(host, 'events', 1);
      const second = await listen(host, 'events-2', 2);
      await first.remove();
      const left = await foldersOf(host);
      await second.remove();
      assert.deepEqual(
        left.map((each) => each.slice(0, 9)),
        ['events-2-'],
      );
    }));

  it('takes its subscription back although it had been stopped', () =>
    EventHost.use({}, async (host) => {
      const listening = await listen(host, 'events', 1);
      await listening.stop();
      assert.equal(host.simulated.subscriptions.length, 1);
      await listening.remove();
      assert.deepEqual([host.simulated.subscriptions, await foldersOf(host)], [[], []]);
    }));
});
