import assert from 'node:assert/strict';

import type { SignatureShape } from '../../simulator/simulated-gateway.js';
import { PARTNER, withGateway } from '../harness/gateway/raw-client.js';
import { addAndFind, GATEWAY_CLIENT, isClientInstalled } from '../harness/interop/clients.js';

const SHAPES: Record<SignatureShape, string[]> = {
  'key-nonce-timestamp': ['x-ca-timestamp', 'x-ca-nonce', 'x-ca-key'],
  'key-timestamp': ['x-ca-key', 'x-ca-timestamp'],
  key: ['x-ca-key'],
  minimal: [],
};
const NAME = ['Анна', 'Example'] as const;

describe(`interop with ${GATEWAY_CLIENT.name}, which signs by itself`, function () {
  this.timeout(60_000);
  before(function () {
    if (!isClientInstalled(GATEWAY_CLIENT)) this.skip();
  });

  for (const [signature, signed] of Object.entries(SHAPES) as [SignatureShape, string[]][]) {
    it(`adds a person and finds it again in the shape ${signature}`, () =>
      withGateway({ ...PARTNER, signature }, async (gateway) => {
        const { protocol, host, port } = gateway.address;
        const origin = `${protocol}://${host}:${port}`;
        const said = await addAndFind(GATEWAY_CLIENT, { origin, ...PARTNER, signed }, NAME);
        assert.deepEqual(said, [
          [200, '0'],
          [200, '0', 'Анна Example'],
        ]);
        assert.equal(gateway.persons().at(-1)?.personCode, '000042');
      }));
  }

  for (const [what, wrong, code] of [
    ['with another secret', { appSecret: 'wrong' }, '0x02401003'],
    ['with another key', { appKey: '11111111' }, '0x02401001'],
    ['in another shape', { signed: ['x-ca-key'] }, '68'],
  ] as const) {
    it(`is refused where it signs ${what}`, () =>
      withGateway(PARTNER, async (gateway) => {
        const { protocol, host, port } = gateway.address;
        const right = { origin: `${protocol}://${host}:${port}`, ...PARTNER, signed: SHAPES['key-nonce-timestamp'] };
        const refused = [401, code];
        assert.deepEqual(await addAndFind(GATEWAY_CLIENT, { ...right, ...wrong }, NAME), [refused, refused]);
        assert.equal(gateway.persons().length, 1);
      }));
  }
});
