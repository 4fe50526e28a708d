import assert from 'node:assert/strict';

import {
  testGateway,
  type GatewayTestResult,
  type GatewayFinding,
} from '../../../../core/artemis/operations/connection-test.js';
import { Gateway } from '../../../../core/artemis/gateway/gateway.js';
import { gatewaySettings, type RawGatewaySettings } from '../../../../core/artemis/gateway/gateway-settings.js';
import { inNoTime } from '../../../harness/clock.js';
import { certificate } from '../../../harness/terminal/certificate.js';
import { rawSettings } from '../../../harness/gateway/gateway-under-test.js';
import { SimulatedGateway, type GatewayOptions } from '../../../harness/gateway/simulated-gateway.js';
import { inEnglish } from '../../../harness/in-english.js';

describe('connection test of a gateway', () => {
  let simulated: SimulatedGateway;

  async function start(options: Partial<GatewayOptions> = {}): Promise<void> {
    simulated = new SimulatedGateway(options);
    await simulated.start();
  }

  function check(settings: RawGatewaySettings = {}): Promise<GatewayTestResult> {
    const all = gatewaySettings(rawSettings(simulated, settings));
    return testGateway(all, (each) => new Gateway(each));
  }

  function states({ findings }: GatewayTestResult): string {
    return findings.map(({ id, state }) => `${id} ${state}`).join(', ');
  }

  function adviceOn(report: GatewayTestResult): string {
    const { failure } = finding(report, 'signature');
    return failure ? inEnglish(failure).hint : '';
  }

  function finding({ findings }: GatewayTestResult, id: string): GatewayFinding {
    const found = findings.find((each) => each.id === id);
    assert.ok(found);
    return found;
  }

  afterEach(() => simulated.stop());

  it('passes in all points', async () => {
    await start();
    const report = await check();
    assert.equal(
      states(report),
      'credentials passed, address passed, tls warned, clock passed, signature passed, version passed, permission passed',
    );
    assert.deepEqual(finding(report, 'credentials').params, { keyLength: 8, secretLength: 20 });
    assert.deepEqual(finding(report, 'version').params, { version: 'V3.1.0' });
    assert.equal(simulated.requests.length, 1);
  });

  it('says what code 64 leaves to look at', async () => {
    await start({ date: new Date(Date.now() - 600_000).toUTCString() });
    simulated.script('version', ...Array<{ code: string }>(4).fill({ code: '64' }));
    const report = await check({ appKey: '29666671 ' });
    assert.equal(
      states(report),
      'credentials warned, address passed, tls warned, clock failed, signature failed, version unknown, permission unknown',
    );
    assert.deepEqual(finding(report, 'clock').params, { difference: -600 });
    assert.match(adviceOn(report), /^Key or secret has blanks/);
  });

  it('finds the signature shape that the gateway takes', async () => {
    await start({ signed: ['x-ca-key'] });
    const report = await check();
    assert.equal(finding(report, 'signature').state, 'warned');
    assert.deepEqual(finding(report, 'signature').params, { shape: 'key' });
    assert.match(adviceOn(report), /shape "key"/);
  });

  it('tells a wrong secret from everything else', async () => {
    await start();
    const report = await check({ appSecret: 'wrong-secret-wrong-s' });
    assert.equal(finding(report, 'signature').state, 'failed');
    assert.match(adviceOn(report), /secret differs/);
    assert.equal(simulated.requests.length, 1);
  });

  it('tells missing permission and an unsupported call from a wrong signature', async () => {
    await start();
    simulated.script('version', { code: '69' }, { code: '8' }, { code: '65' });
    assert.match(states(await check()), /signature passed, version unknown, permission failed/);
    assert.match(states(await check()), /signature passed, version warned, permission unknown/);
    assert.match(states(await check()), /signature passed, version unknown, permission failed/);
  });

  it('does not say more than it knows where a proxy, nobody, or a busy gateway answers', async () => {
    await start();
    simulated.script('version', { status: 200, type: 'text/html', body: '<html>' }, { code: '6' }, 'silence');
    const rest = 'signature unknown, version unknown, permission unknown';
    assert.equal(states(await check()), `credentials passed, address warned, tls warned, clock passed, ${rest}`);
    assert.equal(states(await check()), `credentials passed, address passed, tls warned, clock passed, ${rest}`);
    const silent = await inNoTime(check);
    assert.equal(states(silent), `credentials passed, address failed, tls unknown, clock unknown, ${rest}`);
    assert.equal(simulated.requests.length, 3);
  });

  it('says nothing of a certificate where nobody speaks TLS', async () => {
    await start();
    const report = await check({ protocol: 'https' });
    assert.match(states(report), /address failed, tls unknown, clock unknown/);
    assert.equal(finding(report, 'address').failure?.reason, 'notTls');
  });

  it('sends nothing without key and secret', async () => {
    await start();
    const report = await check({ appSecret: '' });
    assert.match(states(report), /^credentials failed, address unknown, tls unknown, /);
    assert.equal(simulated.requests.length, 0);
  });

  it('gives the fingerprint of a certificate that is not trusted, and accepts it once it is pinned', async () => {
    await start({ tls: certificate });
    const refused = await check();
    assert.match(states(refused), /address unknown, tls failed, clock unknown, signature unknown/);
    assert.equal(simulated.requests.length, 0);
    const pinned = await check({ certificate: 'pin', fingerprint: refused.fingerprint });
    assert.match(states(pinned), /address passed, tls passed, clock passed, signature passed/);
    assert.match(states(await check({ certificate: 'none' })), /tls warned/);
  });
});
