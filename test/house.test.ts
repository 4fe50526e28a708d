import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';

import { ESLint } from 'eslint';

const root = path.resolve(__dirname, '..');

/** An import in a room of the house that the arrows of DESIGN.md forbid, or allow. */
const IMPORTS: { room: string; from: string; allowed: boolean }[] = [
  { room: 'http/lane.ts', from: '../isapi/terminal.js', allowed: false },
  { room: 'http/lane.ts', from: '../node-red/status.js', allowed: false },
  { room: 'http/lane.ts', from: 'node-red', allowed: false },
  { room: 'isapi/terminal.ts', from: '../http/lane.js', allowed: true },
  { room: 'isapi/terminal.ts', from: '../artemis/gateway.js', allowed: false },
  { room: 'isapi/terminal.ts', from: '../simulator/simulated-terminal.js', allowed: false },
  { room: 'isapi/terminal.ts', from: '../capture-face.js', allowed: false },
  { room: 'isapi/terminal.ts', from: 'node-red', allowed: false },
  { room: 'artemis/gateway.ts', from: '../http/connection.js', allowed: true },
  { room: 'artemis/gateway.ts', from: '../isapi/terminal.js', allowed: false },
  { room: 'simulator/simulated-terminal.ts', from: '../http/wait.js', allowed: false },
  { room: 'simulator/simulated-terminal.ts', from: '../isapi/jpeg.js', allowed: false },
  { room: 'node-red/status.ts', from: '../isapi/terminal.js', allowed: true },
  { room: 'node-red/status.ts', from: '../create-user.js', allowed: false },
];

describe('the house', () => {
  const eslint = new ESLint({
    cwd: root,
    // Only the arrows: types are not needed for them, and the files are made up.
    overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
    ruleFilter: ({ ruleId }) => ruleId === 'no-restricted-imports',
  });

  for (const { room, from, allowed } of IMPORTS) {
    it(`${allowed ? 'lets' : 'does not let'} ${room} import ${from}`, async () => {
      const [result] = await eslint.lintText(`import * as it from '${from}';\nexport { it };\n`, {
        filePath: path.join(root, 'nodes', room),
      });
      assert.deepEqual(
        result?.messages.filter(({ fatal }) => fatal),
        [],
      );
      assert.equal(result.errorCount === 0, allowed);
    });
  }

  it('has no download address in package-lock.json but the public default', () => {
    const lock = createRequire(__filename)('../package-lock.json') as {
      packages: Record<string, { resolved?: string }>;
    };
    const addresses = Object.values(lock.packages).flatMap(({ resolved }) => resolved ?? []);
    assert.deepEqual(
      addresses.filter((address) => !address.startsWith('https://registry.npmjs.org/')),
      [],
    );
  });
});
