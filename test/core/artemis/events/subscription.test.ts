import assert from 'node:assert/strict';

import { Subscription } from '../../../../core/artemis/events/calls/subscription.js';
import type { Gateway } from '../../../../core/artemis/gateway/gateway.js';
import { EventHost } from '../../../harness/gateway/event-host.js';
import { call, PARTNER } from '../../../harness/gateway/raw-client.js';

const FACE = 196_893;
const CARD = 198_914;
const OTHER = 'http://127.0.0.1:9/somebody';

function subscribe(host: EventHost, eventTypes: number[], eventDest: string): Promise<unknown> {
  return call(
    host.simulated,
    'eventService/v1/eventSubscriptionByEventTypes',
    { eventTypes, eventDest },
    { shape: 'key-nonce-timestamp', ...PARTNER },
  );
}

describe('the subscription to events', () => {
  it('is made once, and left alone while it stands', () =>
    EventHost.use({}, async (host) => {
      await host.stop(await host.connected());
      await host.connected();
      const paths = host.simulated.requests.map(({ path }) => path.split('/').at(-1));
      assert.equal(paths.filter((each) => each === 'eventSubscriptionByEventTypes').length, 1);
      assert.ok(!paths.includes('eventUnSubscriptionByEventTypes'));
    }));

  it('is taken back with all its types, where nobody else wants them', () =>
    EventHost.use({}, async (host) => {
      const run = await host.connected();
      await host.stop(run);
      assert.deepEqual(await run.watch.unsubscribe(), []);
      assert.deepEqual(host.simulated.subscriptions, []);
    }));

  it('is left to the gateway as far as somebody else wants the same types', () =>
    EventHost.use({}, async (host) => {
      await subscribe(host, [FACE], OTHER);
      const run = await host.connected();
      await host.stop(run);
      assert.deepEqual(await run.watch.unsubscribe(), [FACE]);
      assert.deepEqual(host.simulated.subscriptions, [
        { eventTypes: [FACE], eventDest: OTHER },
        { eventTypes: [FACE], eventDest: host.destination },
      ]);
    }));

  it('loses the types that are no longer wanted, and the address that is no longer ours', () =>
    EventHost.use({}, async (host) => {
      await subscribe(host, [5], OTHER);
      await host.stop(await host.connected());
      await host.stop(await host.connected({ types: [FACE] }));
      assert.deepEqual(host.simulated.subscriptions[1], { eventTypes: [FACE], eventDest: host.destination });
      const moved = `${host.origin}/moved/secret`;
      await host.connected({ types: [FACE], destination: moved });
      assert.deepEqual(host.simulated.subscriptions, [
        { eventTypes: [5], eventDest: OTHER },
        { eventTypes: [FACE], eventDest: moved },
      ]);
    }));

  it('is made anew each time where the gateway does not show it, and then never taken back', () =>
    EventHost.use({}, async (host) => {
      host.tell({ fault: { kind: 'code', code: '8', at: 'eventSubscriptionView', times: 100 } });
      const run = await host.connected();
      await host.stop(run);
      assert.deepEqual(await run.watch.unsubscribe(), [FACE, CARD]);
      assert.equal(host.simulated.subscriptions.length, 1);
    }));

  it('that cannot be made is a failure, said once, and tried again', () =>
    EventHost.use({}, async (host) => {
      host.tell({ fault: { kind: 'forbidden', at: 'eventSubscriptionByEventTypes', times: 2 } });
      const run = await host.connected({ checkMs: 20 });
      assert.deepEqual(
        run.failures.map(({ code, cause }) => [code, cause.gateway]),
        [['artemis-69', 'HQ']],
      );
    }));

  it('never shows its secret, also where the gateway repeats it', () =>
    EventHost.use({}, async (host) => {
      const msg = `Bad eventDest ${host.destination}`;
      host.tell({ fault: { kind: 'code', code: '2', msg, at: 'eventSubscriptionByEventTypes' } });
      const run = host.start();
      await run.until(() => run.failures.length > 0);
      const [failure] = run.failures;
      assert.equal(failure?.code, 'artemis-2');
      assert.ok(!JSON.stringify([failure, failure.cause, failure.params, failure.message]).includes('secret'));
    }));

  for (const foreign of [{ eventTypes: [FACE] }, { eventTypes: `5,${FACE}`, eventDest: OTHER }]) {
    it(`counts as somebody else's where the gateway writes it as ${JSON.stringify(foreign)}`, async () => {
      const called: string[] = [];
      const own = 'http://127.0.0.1:9/hikvision/secret';
      const gateway = {
        call: ({ operation }: { operation: string }) => {
          called.push(operation);
          return Promise.resolve({ data: { detail: [foreign, { eventTypes: [FACE], eventDest: own }] } });
        },
      } as unknown as Gateway;
      const wanted = { destination: own, types: [FACE], former: [] };
      assert.deepEqual(await new Subscription(gateway).end(wanted, AbortSignal.timeout(5000)), [FACE]);
      assert.deepEqual(called, ['eventSubscriptionView']);
    });
  }
});
