import assert from 'node:assert/strict';

import type { CertificateCheck } from '../../../../core/http/certificate.js';
import { heldLoginsInForce, useHeldLogins, type Held } from '../../../../core/isapi/login/held/held-logins.js';
import {
  testTerminal,
  type TerminalTestResult,
} from '../../../../core/isapi/operations/connection-test/connection-test.js';
import { physicalTerminal } from '../../../../core/isapi/terminal/physical-terminal.js';
import { Terminal, type TerminalSettings } from '../../../../core/isapi/terminal/terminal.js';
import {
  SimulatedTerminal,
  type SimulatorEvent,
  type SimulatorSettings,
} from '../../../../simulator/simulated-terminal.js';
import { failureOf } from '../../../harness/failure-of.js';

const LOGIN = { username: 'operator', password: 'right' };
const WRONG = { ...LOGIN, password: 'wrong' };

/** Each test has a loopback address of its own, so that none meets what the core remembers of another. */
let addresses = 0;

describe('the account of a terminal', () => {
  let simulator: SimulatedTerminal;
  let open: Terminal[];

  async function simulate(settings: Partial<SimulatorSettings> = {}): Promise<void> {
    addresses += 1;
    const host = `127.78.${Math.trunc(addresses / 250)}.${1 + (addresses % 250)}`;
    simulator = new SimulatedTerminal({ port: 0, host, model: 'DS-K1T343EFWX', ...LOGIN, ...settings });
    await simulator.start();
    open = [];
  }

  afterEach(async () => {
    await Promise.all(open.map((terminal) => terminal.close()));
    await simulator.stop();
  });

  function settingsOf(credentials = LOGIN, more: Partial<TerminalSettings> = {}): TerminalSettings {
    const certificate: CertificateCheck = { mode: 'none' };
    const limits = { timeoutMs: 5000, retries: 2, queueLimit: 100 };
    return { name: 'Lobby', ...simulator.address, certificate, ...limits, credentials, ...more };
  }

  /** What a config node opens. */
  function connect(credentials = LOGIN): Terminal {
    const terminal = new Terminal(settingsOf(credentials));
    open.push(terminal);
    return terminal;
  }

  function connections(count: number, credentials = LOGIN): Terminal[] {
    return Array.from({ length: count }, () => connect(credentials));
  }

  function call(terminal: Terminal): Promise<unknown> {
    return terminal.call({
      operation: 'look',
      method: 'GET',
      path: '/ISAPI/System/deviceInfo',
      policy: 'repeatable',
    });
  }

  function capture(terminal: Terminal): Promise<unknown> {
    return terminal.call({ operation: 'look', method: 'GET', path: '/ISAPI/System/deviceInfo', policy: 'capture' });
  }

  async function refused(calls: Promise<unknown>[]): Promise<void> {
    for (const { code } of await Promise.all(calls.map(failureOf))) assert.equal(code, 'UNAUTHORIZED');
  }

  function test(credentials = LOGIN): Promise<TerminalTestResult> {
    return testTerminal(settingsOf(credentials));
  }

  function sentence({ findings }: TerminalTestResult, id: string): (string | undefined)[] {
    const finding = findings.find((each) => each.id === id);
    return [finding?.state, finding?.text];
  }

  describe('with one wrong password', () => {
    it('counts one try of five config nodes, at once and later', async () => {
      await simulate();
      const all = connections(5, WRONG);
      await refused([...all, ...all].map(call));
      await refused(all.map(call));
      assert.equal(simulator.counters.signedRejections, 1);
    });

    it('counts one try of captures, which do not wait for each other', async () => {
      await simulate();
      await refused(connections(5, WRONG).map(capture));
      assert.equal(simulator.counters.signedRejections, 1);
    });

    it('counts one try over four deploys', async () => {
      await simulate();
      for (let i = 0; i < 4; i += 1) {
        const terminal = connect(WRONG);
        await refused([call(terminal)]);
        await terminal.close();
      }
      assert.equal(simulator.counters.signedRejections, 1);
    });

    it('is not locked by deploys that do not wait for the answer', async () => {
      await simulate();
      const ends: string[] = [];
      for (let i = 0; i < 6; i += 1) {
        const terminal = connect(WRONG);
        const deployAgain = ({ event }: SimulatorEvent): void => {
          if (event === 'login rejected') void terminal.close();
        };
        simulator.on('event', deployAgain);
        ends.push((await failureOf(call(terminal))).reason);
        simulator.removeListener('event', deployAgain);
      }
      assert.deepEqual(ends, [...Array<string>(4).fill('cancelled'), 'lastTry', 'lastTry']);
      assert.equal(simulator.counters.signedRejections, 4);
    });

    it('is kept where that was said, when the call fails at the latest, and for good', async () => {
      await simulate();
      const known = new Map<string, Held>();
      const takeAway = useHeldLogins({
        mark: (text) => text,
        load: (address) => known.get(address),
        save: (address, held) => void known.set(address, held),
        forget: (address) => void known.delete(address),
      });
      try {
        const { host, port } = simulator.address;
        await refused([call(connect(WRONG))]);
        assert.deepEqual([...known.keys()], [`${host}:${port}`]);
        const [{ logins = [], accounts = [] } = {}] = known.values();
        assert.deepEqual([logins[0]?.login, accounts[0]?.user], ['operator:wrong', 'operator']);
      } finally {
        takeAway();
      }
      assert.equal(heldLoginsInForce(), undefined);
    });

    it('works at once when it is corrected', async () => {
      await simulate();
      const terminal = connect(WRONG);
      await refused([call(terminal)]);
      await terminal.close();
      await call(connect());
      assert.equal(simulator.counters.signedRejections, 1);
    });

    it('holds up no config node with the right one', async () => {
      await simulate();
      const [right, wrong] = [connect(), connect(WRONG)];
      await call(right);
      await refused([call(wrong)]);
      await call(right);
      await call(connect());
      assert.equal(simulator.counters.signedRejections, 1);
    });

    it('holds up no other user', async () => {
      await simulate();
      await refused([call(connect({ ...LOGIN, username: 'somebody' }))]);
      await call(connect());
    });
  });

  describe('whose password was changed on the terminal', () => {
    for (const [what, send] of [
      ['one after another', call],
      ['beside each other', capture],
    ] as const) {
      it(`counts two tries of three warm config nodes whose calls go ${what}`, async () => {
        await simulate();
        const all = connections(3);
        for (const terminal of all) await call(terminal);
        simulator.changePassword('changed');
        await refused(all.map(send));
        await refused(all.map(send));
        assert.equal(simulator.counters.signedRejections, 2);
      });
    }

    it('counts two tries of one warm config node, its next deploys and the connection test', async () => {
      await simulate();
      const warm = connect();
      await call(warm);
      simulator.changePassword('changed');
      await refused([call(warm)]);
      await warm.close();
      await refused([call(connect())]);
      assert.deepEqual(sentence(await test(), 'login'), ['failed', 'sameLogin']);
      assert.equal(simulator.counters.signedRejections, 2);
    });
  });

  describe('in a connection test', () => {
    it('is not tried again with a login that a flow has tried; a second press does, once', async () => {
      await simulate();
      const deployed = connect(WRONG);
      await refused([call(deployed)]);
      const sent = simulator.counters.records.length;
      const told = await test(WRONG);
      assert.deepEqual(sentence(told, 'login'), ['failed', 'sameLogin']);
      assert.deepEqual(sentence(told, 'lock'), ['passed', 'triesLeft']);
      assert.deepEqual(sentence(told, 'address'), ['unknown', undefined]);
      assert.equal(simulator.counters.records.length, sent);
      assert.deepEqual(sentence(await test(WRONG), 'login'), ['failed', 'rejected']);
      assert.equal(simulator.counters.signedRejections, 2);
      assert.deepEqual(sentence(await test(WRONG), 'login'), ['failed', 'sameLogin']);
      await refused([call(deployed)]);
      assert.equal(simulator.counters.signedRejections, 2);
    });

    it('is tried once, and not by the flow after that', async () => {
      await simulate();
      assert.deepEqual(sentence(await test(WRONG), 'login'), ['failed', 'rejected']);
      await refused([call(connect(WRONG))]);
      assert.equal(simulator.counters.signedRejections, 1);
    });

    it('that succeeds sets the flow going again', async () => {
      await simulate();
      const deployed = connect(WRONG);
      await refused([call(deployed)]);
      simulator.changePassword(WRONG.password);
      await refused([call(deployed)]);
      await test(WRONG);
      assert.deepEqual(sentence(await test(WRONG), 'login'), ['passed', undefined]);
      await call(deployed);
      assert.equal(simulator.counters.signedRejections, 1);
    });
  });

  describe('that is close to its lock', () => {
    async function fourWrong(): Promise<void> {
      for (const password of ['one', 'two', 'three', 'four']) {
        await refused([call(connect({ ...LOGIN, password }))]);
      }
    }

    it('is not locked by different wrong passwords of config nodes', async () => {
      await simulate();
      await fourWrong();
      const { reason } = await failureOf(call(connect({ ...LOGIN, password: 'five' })));
      assert.equal(reason, 'lastTry');
      assert.equal(simulator.counters.signedRejections, 4);
    });

    it('is not locked by captures with different wrong passwords at once', async () => {
      await simulate();
      const all = ['one', 'two', 'three', 'four', 'five', 'six'].map((password) => connect({ ...LOGIN, password }));
      await refused(all.map(capture));
      assert.equal(simulator.counters.signedRejections, 4);
    });

    it('is used on by a config node that was let in before, which gives the tries back', async () => {
      await simulate();
      const right = connect();
      await call(right);
      await fourWrong();
      await call(right);
      await refused([call(connect({ ...LOGIN, password: 'five' }))]);
      assert.equal(simulator.counters.signedRejections, 5);
      await call(right);
    });

    it('takes the last try where a person wants it, and goes on when that succeeds', async () => {
      await simulate();
      await fourWrong();
      const [right, wrong] = [connect(), connect({ ...LOGIN, password: 'five' })];
      await refused([call(right), call(wrong)]);
      assert.deepEqual(sentence(await test(), 'login'), ['failed', 'lastTry']);
      assert.deepEqual(sentence(await test(), 'login'), ['passed', undefined]);
      await call(right);
    });

    it('keeps the last try where the terminal could not be reached when a person wanted it', async () => {
      await simulate();
      await fourWrong();
      const wrong = connect({ ...LOGIN, password: 'four' });
      await refused([call(wrong)]);
      await test({ ...LOGIN, password: 'four' });
      await simulator.stop();
      assert.deepEqual(sentence(await test({ ...LOGIN, password: 'four' }), 'address'), ['failed', undefined]);
      await refused([call(wrong)]);
    });
  });

  it('that is locked is left alone by all its config nodes, whatever their passwords, until the lock ends', async () => {
    await simulate({ tries: 1, lockSeconds: 1800 });
    const all = [connect(WRONG), connect(), connect({ ...LOGIN, password: 'other' })];
    const failures = [];
    for (const terminal of all) failures.push(await failureOf(call(terminal)));
    assert.deepEqual(
      failures.map(({ code, params }) => [code, params['minutes']]),
      all.map(() => ['LOCKED', 30]),
    );
    assert.deepEqual([simulator.counters.signedRejections, simulator.counters.lockedRejections], [1, 0]);
  });

  it('has one memory for both standard ports, and others for other ports', async () => {
    await simulate();
    const logins = (port: number): unknown => physicalTerminal('account.test', port).logins;
    assert.equal(logins(80), logins(443));
    assert.notEqual(logins(80), logins(8000));
  });
});
