import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { ESLint } from 'eslint';

const root = path.resolve(__dirname, '..');

/** An import in a room of the house that the arrows of DESIGN.md forbid, or allow. */
const IMPORTS: { room: string; from: string; allowed: boolean }[] = [
  { room: 'core/http/turns/serial-queue.ts', from: '../../isapi/terminal/terminal.js', allowed: false },
  { room: 'core/http/turns/serial-queue.ts', from: '../../../nodes/common/status.js', allowed: false },
  { room: 'core/http/turns/serial-queue.ts', from: 'node-red', allowed: false },
  { room: 'core/isapi/login/digest-session.ts', from: '../protocol/document.js', allowed: true },
  { room: 'core/isapi/login/digest-session.ts', from: '../terminal/terminal.js', allowed: false },
  { room: 'core/isapi/protocol/reply.ts', from: '../login/digest/challenge.js', allowed: false },
  { room: 'core/isapi/terminal/terminal.ts', from: '../../http/turns/serial-queue.js', allowed: true },
  { room: 'core/isapi/terminal/terminal.ts', from: '../login/digest-session.js', allowed: true },
  { room: 'core/isapi/terminal/terminal.ts', from: '../operations/capture/capture.js', allowed: false },
  { room: 'core/isapi/terminal/terminal.ts', from: '../../artemis/gateway/gateway.js', allowed: false },
  { room: 'core/isapi/terminal/terminal.ts', from: '../../../simulator/simulated-terminal.js', allowed: false },
  { room: 'core/isapi/terminal/terminal.ts', from: '../../../nodes/capture-face/capture-face.js', allowed: false },
  { room: 'core/isapi/terminal/terminal.ts', from: 'node-red', allowed: false },
  { room: 'core/isapi/terminal/terminal.ts', from: '../directory/directory.js', allowed: false },
  { room: 'core/isapi/directory/directory.ts', from: '../terminal/terminal.js', allowed: true },
  { room: 'core/isapi/directory/directory.ts', from: '../operations/face.js', allowed: false },
  { room: 'core/isapi/operations/capture/capture.ts', from: '../../terminal/terminal.js', allowed: true },
  { room: 'core/isapi/sync/sync.ts', from: '../terminal/terminal.js', allowed: true },
  { room: 'core/isapi/sync/writing/writer.ts', from: '../../operations/person/person.js', allowed: true },
  { room: 'core/isapi/sync/reading/pages.ts', from: '../../protocol/document.js', allowed: true },
  { room: 'core/isapi/sync/sync.ts', from: '../login/digest-session.js', allowed: false },
  { room: 'core/isapi/sync/sync.ts', from: '../directory/directory.js', allowed: false },
  { room: 'core/isapi/sync/sync.ts', from: '../../../nodes/common/status.js', allowed: false },
  { room: 'core/isapi/operations/face.ts', from: '../sync/sync.js', allowed: false },
  { room: 'core/isapi/terminal/terminal.ts', from: '../sync/sync.js', allowed: false },
  { room: 'core/artemis/gateway/gateway.ts', from: '../../http/connection.js', allowed: true },
  { room: 'core/artemis/gateway/gateway.ts', from: '../operations/paging.js', allowed: false },
  { room: 'core/artemis/protocol/codes.ts', from: '../gateway/gateway-settings.js', allowed: false },
  { room: 'core/artemis/signing/fields.ts', from: '../protocol/codes.js', allowed: false },
  { room: 'core/artemis/gateway/gateway.ts', from: '../../isapi/terminal/terminal.js', allowed: false },
  { room: 'fleet/core/ownership/ownership.ts', from: '../database/client.js', allowed: true },
  { room: 'fleet/core/database/client.ts', from: '../ownership/ownership.js', allowed: false },
  { room: 'fleet/core/work/queue.ts', from: '../taking/worker.js', allowed: false },
  { room: 'fleet/core/taking/worker.ts', from: '../work/queue.js', allowed: true },
  { room: 'fleet/core/taking/worker.ts', from: '../../nodes/common/fleets.js', allowed: false },
  { room: 'fleet/core/taking/worker.ts', from: '../ownership/ownership.js', allowed: false },
  { room: 'fleet/core/work/queue.ts', from: '../../nodes/common/fleets.js', allowed: false },
  { room: 'fleet/core/work/queue.ts', from: '../options.js', allowed: true },
  { room: 'fleet/core/work/queue.ts', from: 'pg-boss', allowed: true },
  { room: 'fleet/core/fleet.ts', from: 'node-red', allowed: false },
  { room: 'core/isapi/terminal/terminal.ts', from: '../../../fleet/core/fleet.js', allowed: false },
  { room: 'core/isapi/terminal/terminal.ts', from: 'pg', allowed: false },
  { room: 'simulator/simulated-terminal.ts', from: '../core/http/turns/wait.js', allowed: false },
  { room: 'simulator/simulated-terminal.ts', from: '../core/isapi/protocol/jpeg.js', allowed: false },
  { room: 'simulator/simulated-terminal.ts', from: './terminal/state/terminal-state.js', allowed: true },
  { room: 'simulator/server/reply.ts', from: '../terminal/protocol/replies.js', allowed: false },
  { room: 'simulator/terminal/login/login.ts', from: '../../../core/isapi/login/digest/challenge.js', allowed: false },
  { room: 'simulator/terminal/login/login.ts', from: '../../../nodes/common/status.js', allowed: false },
  { room: 'simulator/terminal/login/login.ts', from: 'node-red', allowed: false },
  { room: 'simulator/terminal/login/login.ts', from: '../protocol/replies.js', allowed: true },
  { room: 'simulator/terminal/login/login.ts', from: '../behaviour/clock.js', allowed: true },
  { room: 'simulator/terminal/login/login.ts', from: '../../server/reply.js', allowed: true },
  { room: 'simulator/terminal/login/login.ts', from: '../persons/persons.js', allowed: false },
  { room: 'simulator/terminal/protocol/replies.ts', from: '../behaviour/models.js', allowed: false },
  { room: 'simulator/terminal/behaviour/faults.ts', from: '../login/login.js', allowed: false },
  { room: 'simulator/terminal/enrolment/camera.ts', from: '../picture/simulated-face.js', allowed: true },
  { room: 'simulator/terminal/enrolment/camera.ts', from: '../persons/persons.js', allowed: true },
  { room: 'simulator/terminal/persons/persons.ts', from: '../enrolment/camera.js', allowed: false },
  { room: 'simulator/terminal/cards/cards.ts', from: '../persons/persons.js', allowed: true },
  { room: 'simulator/terminal/persons/persons.ts', from: '../cards/cards.js', allowed: false },
  { room: 'simulator/terminal/enrolment/camera.ts', from: '../endpoints/capture-replies.js', allowed: false },
  { room: 'simulator/terminal/events/door.ts', from: '../persons/persons.js', allowed: true },
  { room: 'simulator/terminal/events/stream/parts.ts', from: '../../picture/simulated-face.js', allowed: true },
  { room: 'simulator/terminal/events/door.ts', from: '../login/login.js', allowed: false },
  { room: 'simulator/terminal/events/search.ts', from: '../../../core/isapi/events/options.js', allowed: false },
  { room: 'simulator/terminal/persons/persons.ts', from: '../events/access-events.js', allowed: false },
  { room: 'simulator/terminal/state/terminal-state.ts', from: '../enrolment/camera.js', allowed: true },
  { room: 'simulator/terminal/state/terminal-state.ts', from: '../endpoints/routes.js', allowed: false },
  { room: 'simulator/terminal/endpoints/capture.ts', from: '../state/terminal-state.js', allowed: true },
  { room: 'simulator/terminal/endpoints/capture.ts', from: '../login/login.js', allowed: false },
  { room: 'simulator/terminal/endpoints/capture.ts', from: '../request-handler.js', allowed: false },
  { room: 'simulator/terminal/endpoints/capture.ts', from: '../../simulated-terminal.js', allowed: false },
  { room: 'simulator/terminal/request-handler.ts', from: './endpoints/routes.js', allowed: true },
  { room: 'simulator/terminal/request-handler.ts', from: '../server/reply.js', allowed: true },
  { room: 'simulator/terminal/request-handler.ts', from: '../simulated-terminal.js', allowed: false },
  { room: 'simulator/terminal/request-handler.ts', from: '../gateway/routes.js', allowed: false },
  { room: 'simulator/simulated-gateway.ts', from: './gateway/state/gateway-state.js', allowed: true },
  { room: 'simulator/simulated-gateway.ts', from: '../core/artemis/signing/signature.js', allowed: false },
  { room: 'simulator/gateway/signing/partner.ts', from: '../protocol/replies.js', allowed: true },
  { room: 'simulator/gateway/signing/partner.ts', from: '../behaviour/clock.js', allowed: true },
  { room: 'simulator/gateway/signing/partner.ts', from: '../records/persons.js', allowed: false },
  {
    room: 'simulator/gateway/signing/partner.ts',
    from: '../../../core/artemis/signing/signature.js',
    allowed: false,
  },
  { room: 'simulator/gateway/signing/partner.ts', from: '../../terminal/behaviour/clock.js', allowed: false },
  { room: 'simulator/gateway/protocol/replies.ts', from: '../../server/reply.js', allowed: true },
  { room: 'simulator/gateway/protocol/replies.ts', from: '../records/persons.js', allowed: false },
  { room: 'simulator/gateway/behaviour/faults.ts', from: '../endpoints/routes.js', allowed: false },
  { room: 'simulator/gateway/records/visits.ts', from: '../signing/partner.js', allowed: false },
  { room: 'simulator/gateway/state/gateway-state.ts', from: '../records/visits.js', allowed: true },
  { room: 'simulator/gateway/state/gateway-state.ts', from: '../endpoints/routes.js', allowed: false },
  { room: 'simulator/gateway/endpoints/persons.ts', from: '../state/gateway-state.js', allowed: true },
  { room: 'simulator/gateway/endpoints/persons.ts', from: '../signing/partner.js', allowed: false },
  { room: 'simulator/gateway/request-handler.ts', from: '../server/reply.js', allowed: true },
  { room: 'simulator/gateway/request-handler.ts', from: './endpoints/routes.js', allowed: true },
  { room: 'simulator/gateway/request-handler.ts', from: '../simulated-gateway.js', allowed: false },
  { room: 'simulator/gateway/request-handler.ts', from: '../terminal/request-handler.js', allowed: false },
  { room: 'nodes/common/status.ts', from: '../../core/isapi/terminal/terminal.js', allowed: true },
  { room: 'nodes/common/status.ts', from: '../create-user/create-user.js', allowed: false },
];

/** What people read in the repository. */
const PAGES = ['README.md', 'README.ru.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'].concat([
  'docs/architecture.md',
  'docs/contract.md',
]);

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
        filePath: path.join(root, room),
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
      packages: Record<string, { resolved?: string; link?: boolean }>;
    };
    const addresses = Object.values(lock.packages).flatMap(({ resolved, link }) => (link ? [] : (resolved ?? [])));
    assert.deepEqual(
      addresses.filter((address) => !address.startsWith('https://registry.npmjs.org/')),
      [],
    );
  });

  it('keeps what tests share in test/harness', () => {
    const elsewhere = readdirSync(path.join(root, 'test'), { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith(`harness${path.sep}`),
    );
    assert.deepEqual(elsewhere, []);
  });

  for (const page of PAGES) {
    it(`refers in ${page} to nothing that is not there`, () => {
      const links = [...readFileSync(path.join(root, page), 'utf8').matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(
        ([, to = '']) => to,
      );
      const missing = links.filter(
        (to) => !/^https?:/.test(to) && !existsSync(path.join(root, path.dirname(page), to)),
      );
      assert.deepEqual(missing, []);
    });
  }
});
