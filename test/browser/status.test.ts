import assert from 'node:assert/strict';

import { SimulatedTerminal } from '../../simulator/simulated-terminal.js';
import type { Editor } from '../harness/browser/editor.js';
import { LANGUAGES, describeInBrowser, openEditor } from '../harness/browser/stage.js';

const DEADLINE = 3600;

for (const language of LANGUAGES) {
  describeInBrowser(`a countdown of an hour in ${language}`, () => {
    let editor: Editor;
    let terminal: SimulatedTerminal;

    before(async () => {
      terminal = new SimulatedTerminal({ port: 0, model: 'DS-K1T343EFWX', timeScale: 0.02 });
      await terminal.start();
      editor = await openEditor(language);
    });
    after(async () => {
      await terminal.stop();
    });

    it('is read in the language of whoever looks, also by one who comes later', async () => {
      const { host, port, protocol } = terminal.address;
      const place = { z: 'tab', x: 300 };
      await editor.red.deploy([
        { id: 'tab', type: 'tab', label: 'test' },
        { id: 'terminal', type: 'isapi-config', name: 'Lobby', protocol, host, port: String(port) },
        { id: 'go', type: 'inject', name: 'go', once: true, onceDelay: '0.1', ...place, y: 80, wires: [['look']] },
        {
          ...{ id: 'look', type: 'capture-face', terminal: 'terminal', ...place, y: 160, wires: [[], []] },
          ...{ deadline: String(DEADLINE), interval: '0.2' },
        },
      ]);
      await editor.page.reload();
      const label = editor.statusOf('look');
      const words = (seconds: number): string => editor.says('capture-face', 'status.look', { n: seconds });
      const hour = new RegExp(`^Lobby · ${words(DEADLINE).replace('3600', '3[56]\\d\\d')}$`);
      await label.filter({ hasText: hour }).waitFor();
      assert.match(await label.innerHTML(), hour);
      assert.deepEqual(editor.complaints, []);
    });
  });
}
