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
import english from '../../../../nodes/artemis-config/locales/en-US/artemis-config.json';
import russian from '../../../../nodes/artemis-config/locales/ru/artemis-config.json';
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
      'credentials passed, address passed, tls warned, clock passed, signature passed, version passed, ' +
        'permission passed, persons passed, visitors passed, accessLevels passed, devices passed',
    );
    assert.deepEqual(finding(report, 'credentials').params, { keyLength: 8, secretLength: 20 });
    assert.deepEqual(finding(report, 'version').params, { version: 'V3.1.0' });
    assert.deepEqual(
      simulated.requests.map(({ path }) => path.replace('/artemis/api/', '')),
      [
        'common/v1/version',
        'resource/v1/person/personList',
        'visitor/v1/register/getVistorRegisterRecord',
        'acs/v1/privilege/group',
        'resource/v1/acsDevice/acsDeviceList',
      ],
    );
    for (const { body } of simulated.requests.slice(1)) assert.match(String(body), /"pageNo":1,"pageSize":1\b/);
  });

  for (const [list, id] of [
    ['personList', 'persons'],
    ['getVistorRegisterRecord', 'visitors'],
    ['privilege/group', 'accessLevels'],
    ['acsDeviceList', 'devices'],
  ] as const) {
    it(`names the right that is missing for ${id}, and asks for the rest`, async () => {
      await start();
      for (const code of ['69', '130', '0x02401007', '0x00072201']) {
        simulated.script(list, { code });
        const report = await check();
        const { state, text, advice, failure } = finding(report, id);
        assert.deepEqual([state, text, advice], ['failed', 'forbidden', 'right'], code);
        assert.equal(failure?.code, `artemis-${code}`);
        assert.match(english['artemis-config'].finding[id].right, /Add the right: in HikCentral, .* authorise the/);
        assert.equal(finding(report, 'permission').state, 'warned');
        const others = ['persons', 'visitors', 'accessLevels', 'devices'].filter((other) => other !== id);
        for (const other of others) assert.equal(finding(report, other).state, 'passed');
      }
      simulated.script(list, { code: '8' }, { code: '5' });
      assert.deepEqual([finding(await check(), id).text], ['unsupported']);
      assert.deepEqual([finding(await check(), id).state], ['failed']);
    });
  }

  it('says "no" to the partner where every list is forbidden', async () => {
    await start();
    for (const path of ['version', 'personList', 'RegisterRecord', 'privilege/group', 'acsDeviceList']) {
      simulated.script(path, { code: '69' });
    }
    assert.match(
      states(await check()),
      /version failed, permission failed, persons failed, visitors failed, accessLevels failed, devices failed/,
    );
  });

  it('needs version 2.0 or later', async () => {
    await start();
    for (const [said, state] of [
      ['V1.7.0', 'failed'],
      ['1.2', 'failed'],
      ['V2.0.0_build20210301', 'passed'],
      ['2.6.1', 'passed'],
      ['10.0', 'passed'],
      ['unknown', 'warned'],
    ] as const) {
      simulated.softVersion = said;
      assert.equal(finding(await check(), 'version').state, state, said);
    }
    simulated.softVersion = 'V1.7.0';
    const { text, params } = finding(await check(), 'version');
    assert.deepEqual([text, params], ['old', { version: 'V1.7.0' }]);
    assert.equal(finding(await check({ product: 'isecure' }), 'version').state, 'passed');
  });

  it('asks no further where the rest would be useless', async () => {
    await start();
    const unknown = 'persons unknown, visitors unknown, accessLevels unknown, devices unknown';
    for (const code of ['0x02401001', '13', '17', '65', '66', '67']) {
      const asked = simulated.requests.length;
      simulated.script('version', { code });
      assert.ok(states(await check()).endsWith(unknown), code);
      assert.equal(simulated.requests.length, asked + 1, code);
    }
    for (const failure of [{ code: '66' }, { code: '64' }, { code: '0x02401009' }, 'reset' as const]) {
      const asked = simulated.requests.length;
      simulated.script('personList', failure);
      const said = states(await check());
      assert.match(said, /persons failed, visitors unknown, accessLevels unknown, devices unknown$/);
      // A dead connection is tried once more where the call only reads.
      assert.ok(simulated.requests.length - asked <= 3);
      assert.equal(simulated.calls('acsDeviceList'), 0);
    }
  });

  it('reads the lists with the signature shape that the gateway takes', async () => {
    await start({ signed: ['x-ca-key'] });
    assert.match(states(await check()), /signature warned, version passed, permission passed, persons passed/);
  });

  it('has every sentence in both languages', () => {
    for (const { finding: texts } of [english['artemis-config'], russian['artemis-config']]) {
      for (const id of ['persons', 'visitors', 'accessLevels', 'devices'] as const) {
        for (const key of ['passed', 'failed', 'unknown', 'forbidden', 'unsupported', 'right'] as const) {
          assert.ok(texts[id][key].length > 5, `${id}.${key}`);
        }
      }
      for (const key of ['old', 'update', 'forbidden', 'right'] as const) assert.ok(texts.version[key].length > 5);
    }
  });

  it('changes nothing', async () => {
    await start();
    simulated.persons.set('1', { personId: '1' });
    await check();
    assert.deepEqual([...simulated.persons], [['1', { personId: '1' }]]);
    assert.deepEqual(simulated.applied, []);
    for (const { path } of simulated.requests) assert.doesNotMatch(path, /add|update|delete|appointment$|registerment/);
  });

  it('says what code 64 leaves to look at', async () => {
    await start({ date: new Date(Date.now() - 600_000).toUTCString() });
    simulated.script('version', ...Array<{ code: string }>(4).fill({ code: '64' }));
    const report = await check({ appKey: '29666671 ' });
    assert.equal(
      states(report),
      'credentials warned, address passed, tls warned, clock failed, signature failed, version unknown, ' +
        'permission unknown, persons unknown, visitors unknown, accessLevels unknown, devices unknown',
    );
    assert.deepEqual(finding(report, 'clock').params, { difference: -600 });
    assert.match(adviceOn(report), /^Key or secret has spaces/);
  });

  it('finds the signature shape that the gateway takes', async () => {
    await start({ signed: ['x-ca-key'] });
    const report = await check();
    assert.equal(finding(report, 'signature').state, 'warned');
    assert.deepEqual(finding(report, 'signature').params, { shape: 'key' });
    assert.match(adviceOn(report), /format "key"/);
  });

  it('tells a wrong secret from everything else', async () => {
    await start();
    const report = await check({ appSecret: 'wrong-secret-wrong-s' });
    assert.equal(finding(report, 'signature').state, 'failed');
    assert.match(adviceOn(report), /secrets differ/);
    assert.equal(simulated.requests.length, 1);
  });

  it('tells missing permission and an unsupported call from a wrong signature', async () => {
    await start();
    simulated.script('version', { code: '69' }, { code: '8' }, { code: '65' });
    assert.match(states(await check()), /signature passed, version failed, permission warned, persons passed/);
    assert.match(states(await check()), /signature passed, version warned, permission passed, persons passed/);
    assert.match(states(await check()), /signature passed, version unknown, permission failed, persons unknown/);
  });

  it('does not say more than it knows where a proxy, nobody, or a busy gateway answers', async () => {
    await start();
    simulated.script('version', { status: 200, type: 'text/html', body: '<html>' }, { code: '6' }, 'silence');
    const rest =
      'signature unknown, version unknown, permission unknown, ' +
      'persons unknown, visitors unknown, accessLevels unknown, devices unknown';
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
