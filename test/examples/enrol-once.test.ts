import assert from 'node:assert/strict';

import { freePort } from '../harness/free-port.js';
import { EmbeddedNodeRed, example } from '../harness/node-red/embedded-node-red.js';
import { line } from '../harness/node-red/node-red-line.js';

interface Summary {
  have: string[];
  haveNot: { terminal: string; why: string }[];
}

for (const language of ['', 'ru/']) {
  describe(`the example ${language}enrol-once in Node-RED ${line}`, function () {
    this.timeout(30_000);
    let red: EmbeddedNodeRed;
    /** Nodes are named as in English: both have the same ids. */
    let names: Map<string | undefined, string>;

    before(async () => {
      red = await EmbeddedNodeRed.start();
      names = new Map((await example('systems/enrol-once')).map(({ name, id }) => [name, id]));
    });
    after(() => red.stop());

    beforeEach(async () => {
      const flow = await example(`${language}systems/enrol-once`);
      const ports = new Map<unknown, string>();
      for (const row of flow.find(({ type }) => type === 'terminal-directory')?.['terminals'] as { port: string }[]) {
        ports.set(row.port, String(await freePort()));
        row.port = ports.get(row.port) ?? assert.fail();
      }
      for (const node of flow) {
        if (node.type === 'terminal-simulator') Object.assign(node, { port: ports.get(node['port']), faceAfter: '0.1' });
        if (node.type === 'capture-face') node['interval'] = '0.1';
      }
      await red.deploy(flow);
    });

    function idOf(name: string): string {
      return names.get(name) ?? assert.fail(name);
    }

    async function press<Arrives>(button: string, at: string): Promise<Arrives> {
      const arrival = red.arrival(idOf(at));
      red.receive(idOf(button), {});
      return (await arrival) as Arrives;
    }

    async function capture(): Promise<{ topic: string; payload: { face: Buffer } }> {
      return press('Capture Alex', 'who was captured');
    }

    async function send(): Promise<Summary> {
      return (await press<{ payload: Summary }>('Send to all terminals', 'result')).payload;
    }

    function why({ haveNot }: Summary, terminal: string): string | undefined {
      return haveNot.find((each) => each.terminal === terminal)?.why;
    }

    /** Faces that the simulated terminals were given from now on. */
    function bound(): string[] {
      const faces: string[] = [];
      red.onSend('terminal-simulator', ({ topic, payload }, { name }) => {
        const { employeeNo, face } = payload as { employeeNo: string; face: string };
        if (topic === 'face bound') faces.push(`${name} ${employeeNo} ${face}`);
      });
      return faces;
    }

    it('gives the picture of one capture to all terminals that take it, and says why the others do not have it', async () => {
      const faces = bound();
      const { topic, payload } = await capture();
      assert.equal(topic, '100222');
      assert.ok(Buffer.isBuffer(payload.face));
      const summary = await send();
      assert.deepEqual(summary.have.sort(), ['Lobby', 'Office']);
      assert.deepEqual(summary.haveNot.map(({ terminal }) => terminal).sort(), ['Garage', 'Gate']);
      assert.match(why(summary, 'Garage') ?? '', /^100222: /);
      assert.match(why(summary, 'Gate') ?? '', /ECONNREFUSED|Gate/);
      assert.deepEqual(faces.map((each) => each.split(' ')[0]).sort(), ['Lobby', 'Office']);
      assert.equal(new Set(faces.map((each) => each.replace(/^\w+ /, ''))).size, 1, 'the same face');
    });

    it('says so where nobody has been captured yet, and asks no terminal', async () => {
      const started: unknown[] = [];
      red.onSend('each-terminal', (msg) => started.push(msg));
      const { payload } = await press<{ payload: string }>('Send to all terminals', 'nobody yet');
      assert.match(payload, language === '' ? /No face/ : /Ни одно лицо/);
      assert.deepEqual(started, []);
      await capture();
      assert.deepEqual((await send()).have.sort(), ['Lobby', 'Office']);
    });

    it('sends again what was captured, and then changes nothing', async () => {
      await capture();
      await send();
      const faces = bound();
      assert.deepEqual((await send()).have.sort(), ['Lobby', 'Office']);
      assert.deepEqual(faces, []);
    });

    it('names the terminal that refuses the picture, with the person, and gives it the picture the next time', async () => {
      await capture();
      red.receive(idOf('Refuse the next picture'), {});
      const refused = await send();
      assert.deepEqual(refused.have, ['Lobby']);
      assert.match(why(refused, 'Office') ?? '', /^100222: .*faceLowQulity/);
      assert.deepEqual((await send()).have.sort(), ['Lobby', 'Office']);
    });

    it('takes the newest picture of somebody who was captured twice', async () => {
      await capture();
      await send();
      const faces = bound();
      await capture();
      assert.deepEqual((await send()).have.sort(), ['Lobby', 'Office']);
      assert.equal(faces.length, 2);
    });

    it('says of every terminal why it does not have a picture that is none', async () => {
      const person = { employeeNo: '100223', name: 'Bo', doorRight: '1', face: Buffer.from('no picture') };
      const arrival = red.arrival(idOf('who was captured'));
      red.receive(idOf('captured, and kept'), { topic: '100223', payload: person });
      await arrival;
      const summary = await send();
      assert.deepEqual(summary.have, []);
      for (const terminal of ['Lobby', 'Office']) assert.match(why(summary, terminal) ?? '', /JPEG/);
    });

    it('keeps no picture in a context', async () => {
      const flow = await example(`${language}systems/enrol-once`);
      for (const { type, func } of flow) {
        if (type === 'function') assert.doesNotMatch(String(func), /\b(flow|global|context)\.set/);
      }
    });
  });
}
