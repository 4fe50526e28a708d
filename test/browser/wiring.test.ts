import assert from 'node:assert/strict';

import { SimulatedTerminal } from '../../simulator/simulated-terminal.js';
import type { Editor } from '../harness/browser/editor.js';
import { describeInBrowser, LANGUAGES, openEditor, screenshotFile } from '../harness/browser/stage.js';

/** What the editor holds, as far as these tests look at it. */
interface Held {
  RED: {
    history: { pop(): void; depth(): number };
    nodes: { node(id: string): Record<string, unknown> | null; dirty(): boolean };
  };
}

for (const language of LANGUAGES) {
  describeInBrowser(`wiring by hand in ${language}`, () => {
    let editor: Editor;

    beforeEach(async () => {
      editor = await openEditor(language);
    });
    afterEach(() => {
      assert.deepEqual(editor.complaints, []);
    });

    const property = (id: string, name: string): Promise<unknown> =>
      editor.page.evaluate(
        ([of, which]) => (globalThis as unknown as Held).RED.nodes.node(of ?? '')?.[which ?? ''],
        [id, name],
      );
    const until = (id: string, name: string, wanted: unknown): Promise<unknown> =>
      editor.page.waitForFunction(
        ([of, which, value]) => (globalThis as unknown as Held).RED.nodes.node(String(of))?.[String(which)] === value,
        [id, name, wanted],
      );
    const whatIsWrong = async (id: string): Promise<string[]> => (await property(id, 'validationErrors')) as string[];

    it('a node without any terminal has a triangle that says why; with one press the simulator makes it, undone as one', async () => {
      const first = await editor.drag('capture-face', { x: 300, y: 60 });
      const none = editor.says('isapi-config', 'chosen.none');
      assert.deepEqual(await whatIsWrong(first), [none]);
      await editor.page.locator(`[id="${first}"] .red-ui-flow-node-error`).waitFor();

      const simulator = await editor.drag('terminal-simulator', { x: 300, y: 160 });
      await editor.page.waitForFunction(
        (id) => Number((globalThis as unknown as Held).RED.nodes.node(id)?.['port']) >= 8343,
        simulator,
      );
      assert.equal(await property(simulator, 'faceAfter'), 2);
      const dialog = await editor.edit(simulator);
      const port = await dialog.field('port').inputValue();
      await dialog.form.locator('.hikvision-add').click();
      const name = editor.says('terminal-simulator', 'added.name');
      const said = dialog.form.locator('.hikvision-added');
      assert.equal(await said.innerText(), editor.says('terminal-simulator', 'added.chosen', { name, count: 1 }));
      // A second press makes no second one.
      await dialog.form.locator('.hikvision-add').click();
      assert.equal(await said.innerText(), editor.says('terminal-simulator', 'added.there', { name }));
      await dialog.tray.screenshot({ path: screenshotFile(language, 'light', 'add-as-terminal') });
      await dialog.done();

      const [terminal = '', second] = await editor.idsOf('isapi-config');
      assert.equal(second, undefined);
      assert.deepEqual(
        [await property(terminal, 'protocol'), await property(terminal, 'host'), await property(terminal, 'port')],
        ['http', '127.0.0.1', port],
      );
      assert.equal(await property(first, 'terminal'), terminal);
      await until(first, 'valid', true);
      // Where one terminal exists, a new node has it; its name stands below the node and does not widen it.
      const next = await editor.drag('create-user', { x: 300, y: 260 });
      assert.equal(await property(next, 'terminal'), terminal);
      await editor.statusOf(next).getByText(name, { exact: true }).waitFor();
      assert.equal(await editor.page.locator(`[id="${next}"] .red-ui-flow-node-label`).textContent(), 'create-user');

      await editor.page.evaluate((id) => {
        const { RED } = globalThis as unknown as Held;
        // Back until the terminal goes.
        while (RED.nodes.node(id) && RED.history.depth() > 0) RED.history.pop();
      }, terminal);
      assert.deepEqual(await editor.idsOf('isapi-config'), []);
      assert.equal(await property(first, 'terminal'), '');
      await until(first, 'valid', false);
      assert.deepEqual(await whatIsWrong(first), [none]);
    });

    it('of two terminals none is chosen, and none is needed: the message names it', async () => {
      await shown([
        { id: 'tab', type: 'tab', label: 'test' },
        ...['Lobby', 'Gate'].map((name) => ({
          id: `id-${name}`,
          type: 'isapi-config',
          name,
          protocol: 'http',
          host: name,
        })),
        { id: 'gate', type: 'artemis-config', name: 'G', protocol: 'http', host: 'gateway' },
      ]);
      const node = await editor.drag('capture-face');
      assert.equal(await property(node, 'terminal'), '');
      assert.equal(await property(node, 'valid'), true);
      // The only gateway is chosen.
      const call = await editor.drag('artemis-request', { x: 300, y: 200 });
      assert.equal(await property(call, 'gateway'), 'gate');
    });

    it('a terminal that is disabled, or of another flow, is none; a directory counts', async () => {
      const flow = [
        ...['tab', 'other'].map((id) => ({ id, type: 'tab', label: id })),
        { id: 'disabled', type: 'isapi-config', name: 'Lobby', d: true },
        { id: 'elsewhere', type: 'isapi-config', name: 'Gate', z: 'other' },
      ];
      await shown(flow);
      const without = await editor.drag('create-user');
      assert.deepEqual(await whatIsWrong(without), [editor.says('isapi-config', 'chosen.none')]);
      assert.equal(await property(without, 'terminal'), '');
      assert.deepEqual(editor.complaints, []);
      // In a window of its own, which nobody asks about what was not deployed.
      editor = await openEditor(language);
      await shown([...flow, { id: 'directory', type: 'terminal-directory', name: 'Doors', source: 'table' }]);
      const within = await editor.drag('create-user');
      assert.deepEqual(await whatIsWrong(within), []);
      assert.equal(await property(within, 'terminal'), '');
    });

    it('each simulator has a port of its own, and its terminal the login that it asks for', async () => {
      const ids = [await editor.drag('terminal-simulator'), await editor.drag('terminal-simulator', { y: 220 })];
      await editor.page.waitForFunction(
        (wanted) => wanted.every((id) => Number((globalThis as unknown as Held).RED.nodes.node(id)?.['port']) >= 8343),
        ids,
      );
      const [one = '', two = ''] = ids;
      assert.notEqual(await property(one, 'port'), await property(two, 'port'));
      const dialog = await editor.edit(two);
      await dialog.fill('name', 'Lobby');
      await dialog.fill('username', 'operator');
      await dialog.fill('password', 'right-password');
      await dialog.form.locator('.hikvision-add').click();
      await dialog.done();
      const capture = await editor.drag('capture-face', { y: 320 });
      await editor.deploy();
      const where = `127.0.0.1:${String(await property(two, 'port'))}`;
      await editor.statusOf(two).getByText(where, { exact: true }).waitFor();
      const [terminal = ''] = await editor.idsOf('isapi-config');
      assert.equal(await property(terminal, 'name'), 'Lobby');
      const node = await editor.edit(capture);
      const config = await node.editConfig('terminal');
      assert.equal(await config.field('username').inputValue(), 'operator');
      await config.form.locator('.hikvision-run').click();
      const login = editor.says('isapi-config', 'finding.login.passed');
      await config.form.locator('.hikvision-passed').getByText(login).waitFor();
      await config.cancel();
      await node.cancel();
      // The stored password is not known here any more.
      const again = await editor.edit(two);
      await again.fill('port', '0');
      await again.form.locator('.hikvision-add').click();
      const said = again.form.locator('.hikvision-added');
      await said.getByText(editor.says('terminal-simulator', 'added.secretNeeded')).waitFor();
      await again.cancel();
      assert.equal((await editor.idsOf('isapi-config')).length, 1);
    });

    it('a simulated gateway is added as one, and a call has it', async () => {
      const simulator = await editor.drag('gateway-simulator');
      await editor.page.waitForFunction(
        (id) => Number((globalThis as unknown as Held).RED.nodes.node(id)?.['port']) >= 8444,
        simulator,
      );
      const dialog = await editor.edit(simulator);
      await dialog.form.locator('.hikvision-add').click();
      const name = editor.says('gateway-simulator', 'added.name');
      const added = editor.says('gateway-simulator', 'added.added', { name });
      await dialog.form.locator('.hikvision-added').getByText(added, { exact: true }).waitFor();
      await dialog.done();
      await editor.deploy();
      const call = await editor.drag('artemis-request', { y: 220 });
      const [gateway] = await editor.idsOf('artemis-config');
      assert.equal(await property(call, 'gateway'), gateway);
      await editor.statusOf(call).getByText(name, { exact: true }).waitFor();
      const request = await editor.edit(call);
      const config = await request.editConfig('gateway');
      await config.form.locator('.hikvision-run').click();
      const signed = editor.says('artemis-config', 'finding.signature.passed');
      await config.form.locator('.hikvision-passed').getByText(signed).waitFor();
      await config.cancel();
      await request.cancel();
    });

    /** A terminal that refuses a person in its own words, and what the editor then shows. */
    async function refusedWith(subStatusCode: string): Promise<{ status: string; told: string }> {
      const terminal = new SimulatedTerminal({ port: 0, model: 'DS-K1T343EFWX' });
      await terminal.start();
      try {
        const { host, port, protocol } = terminal.address;
        terminal.fault({ kind: 'status', status: 400, at: 'person', times: 9, code: { statusCode: 6, subStatusCode } });
        const place = { z: 'tab', x: 300 };
        const person = { employeeNo: '7', employeeNoType: 'str', fullName: 'Alex', fullNameType: 'str' };
        await shown([
          { id: 'tab', type: 'tab', label: 'test' },
          { id: 'lobby', type: 'isapi-config', name: 'Lobby', protocol, host, port: String(port), retries: '0' },
          { id: 'go', type: 'inject', name: 'go', ...place, y: 80, wires: [['person']] },
          { id: 'person', type: 'create-user', terminal: 'lobby', ...person, ...place, y: 160, wires: [[]] },
        ]);
        await editor.press('go');
        const message = (await editor.debugMessages()).filter({ hasText: 'create-user' }).last();
        await message.waitFor();
        return { status: await editor.statusOf('person').innerHTML(), told: await message.innerText() };
      } finally {
        await terminal.stop();
      }
    }

    /** The editor with this deployed, opened after it: one that is open says in passing that somebody else has deployed. */
    async function shown(flow: object[]): Promise<void> {
      await editor.page.goto('about:blank');
      await editor.red.deploy(flow);
      await editor.page.goto(editor.red.url);
      await editor.page.locator('.red-ui-palette-node').first().waitFor();
      await editor.page.locator('#red-ui-loading-progress').waitFor({ state: 'hidden' });
    }

    it("a terminal's own code is in words: in the status, and as a whole sentence with the node's name in the sidebar", async () => {
      const code = 'deviceUserFull';
      const { status, told } = await refusedWith(code);
      assert.equal(status, `Lobby · ${editor.says('isapi-config', 'status.refusals.personsFull', { n: code })}`);
      // The sentence is said by the server, in its language.
      assert.match(told, /node: create-user/i);
      assert.match(
        told,
        /The terminal has no room for more persons \(deviceUserFull\)\. Delete persons who are no longer needed\./,
      );
    });

    it('a code that no terminal has harms nothing', async () => {
      for (const code of ['__proto__', 'x$t(common.label.ok)', 'constructor', `a${'b'.repeat(300)}`, 'a<b>c</b>']) {
        const { status, told } = await refusedWith(code);
        const shown = code === 'constructor' ? code : editor.says('isapi-config', 'status.refusals.other');
        assert.equal(status, `Lobby · ${shown}`);
        assert.ok(told.includes(`The terminal refused: ${code.slice(0, 60)}`), told);
      }
    });

    it('the findings of a test are in view at 1366 × 768', async () => {
      await editor.page.setViewportSize({ width: 1366, height: 768 });
      const terminal = new SimulatedTerminal({ port: 0, model: 'DS-K1T343EFWX' });
      await terminal.start();
      try {
        const dialog = await editor.edit(await editor.drag('create-user'));
        const config = await dialog.addConfig('terminal');
        await config.field('protocol').selectOption('http');
        await config.fill('host', terminal.address.host);
        await config.fill('port', String(terminal.address.port));
        await config.form.locator('.hikvision-run').click();
        const findings = config.form.locator('.hikvision-findings li');
        await findings.first().waitFor();
        const body = await config.tray.locator('.red-ui-tray-body').boundingBox();
        const all = await Promise.all((await findings.all()).map((each) => each.boundingBox()));
        assert.ok(body && all.length >= 8);
        for (const [index, box] of all.entries()) {
          const isIn =
            box !== null && box.y >= body.y - 1 && box.y + box.height <= Math.min(body.y + body.height, 768) + 1;
          assert.ok(isIn, `finding ${index} at ${JSON.stringify(box)} of ${JSON.stringify(body)}`);
        }
        await config.tray.screenshot({ path: screenshotFile(language, 'light', 'findings-768') });
        await config.cancel();
        await dialog.cancel();
      } finally {
        await terminal.stop();
      }
    });

    it('the steps stand in the palette in the order in which they are wired', async () => {
      const types = await editor.page
        .locator('#red-ui-palette-hikvision .red-ui-palette-node')
        .evaluateAll((nodes) => nodes.map((each) => each.getAttribute('data-palette-type') ?? ''));
      const steps = types.filter((type) => ['capture-face', 'create-user', 'fdsetup-bind'].includes(type));
      assert.deepEqual(steps, ['capture-face', 'create-user', 'fdsetup-bind']);
    });
  });
}
