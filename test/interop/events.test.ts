import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { openGateway } from '../harness/gateway/gateway-under-test.js';
import { WatchRun } from '../harness/gateway/event-host.js';
import { withEndpoint } from '../harness/gateway/endpoint-server.js';
import { PARTNER, withGateway } from '../harness/gateway/raw-client.js';
import { EVENT_SENDERS, isClientInstalled, sendEvents } from '../harness/interop/clients.js';

for (const sender of EVENT_SENDERS) {
  describe(`interop with ${sender.name}, which sends events as a gateway does`, function () {
    this.timeout(60_000);
    before(function () {
      if (!isClientInstalled(sender)) this.skip();
    });

    it('gets 200 for each delivery and 400 for what is none; each event comes once', () =>
      withGateway(PARTNER, async (simulated) => {
        const folder = await mkdtemp(path.join(tmpdir(), 'hikvision-interop-'));
        const options = { appKey: PARTNER.appKey, appSecret: PARTNER.appSecret };
        const gateway = openGateway({ options: options as never, port: simulated.address.port });
        let run: WatchRun | undefined;
        try {
          await withEndpoint(
            (body) => run?.watch.receive(body) ?? Promise.resolve('unavailable'),
            async (url) => {
              run = new WatchRun(gateway, {
                ...{ types: [196_893], destination: url, checkMs: 60_000, pictures: false, begin: 'now' },
                ...{ acknowledge: 'sent', inFlight: 20, ackTimeoutMs: 60_000, folder },
              });
              run.watch.start();
              await run.untilNotice('connected');
              assert.deepEqual(await sendEvents(sender, url), ['200', '200', '200', '400']);
              await run.untilEvents(3);
              const [first] = run.events;
              assert.equal(run.events.length, 3);
              assert.deepEqual(
                [first?.employeeNo, first?.personName, first?.door, first?.time],
                ['0042', 'Анна Example', 'Door A', '2026-02-03T05:15:30.000Z'],
              );
            },
          );
        } finally {
          await run?.watch.stop();
          gateway.close();
          await rm(folder, { recursive: true, force: true });
        }
      }));
  });
}
