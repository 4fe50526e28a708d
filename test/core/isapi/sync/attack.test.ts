import assert from 'node:assert/strict';

import { facePicture } from '../../../../simulator/simulated-terminal.js';
import type { IsapiCall, Terminal } from '../../../../core/isapi/terminal/terminal.js';
import type { IsapiReply } from '../../../../core/isapi/protocol/reply.js';
import type { Tree } from '../../../../core/isapi/protocol/document.js';
import { failuresOf, people, SyncLab } from '../../../harness/sync/sync-lab.js';

const face = (name: string): Buffer => facePicture(name);

/** Has the terminal answer otherwise than it would: the reply's content is what `lie` makes of it. */
function lying(terminal: Terminal, lie: (call: IsapiCall, content: Tree, asked: string) => Tree): void {
  const honest = terminal.call.bind(terminal);
  terminal.call = async (call) => {
    const reply: IsapiReply = await honest(call);
    if (!reply.document) return reply;
    const content = lie(call, reply.document.content, String(call.body ?? ''));
    return { ...reply, document: { ...reply.document, content } };
  };
}

const isSearch = ({ path: of }: IsapiCall): boolean => of.includes('/UserInfo/Search');
const isNamed = (call: IsapiCall, asked: string): boolean => isSearch(call) && asked.includes('EmployeeNoList');

describe('a sync that is attacked', () => {
  describe('what is remembered', () => {
    it('of a face is not believed of a person whom the terminal no longer had', () =>
      SyncLab.run({}, async (lab) => {
        const list = people(2, (index) => ({ face: face(`F${index}`) }));
        await lab.converge(list);
        lab.lab.simulator.edit({ remove: '2' });
        await lab.converge(list);
        assert.equal(lab.person('2').face, 'F2');
      }));
  });

  describe('a terminal that lies', () => {
    it('and repeats one page for ever is not asked for ever', () =>
      SyncLab.run({}, async (lab) => {
        await lab.converge(people(5));
        let searches = 0;
        lying(lab.lab.terminal, (call, content, asked) => {
          if (isSearch(call)) searches += 1;
          if (!isNamed(call, asked)) return content;
          assert.ok(searches < 200, 'endless');
          const inner = (content['UserInfoSearch'] ?? content) as Tree;
          return { ...inner, responseStatusStrg: 'MORE', totalMatches: 1_000_000 };
        });
        const honest = lab.lab.terminal.call;
        lab.lab.terminal.call = (call) => {
          const asked = String(call.body ?? '').replace(/"searchResultPosition":\d+/, '"searchResultPosition":0');
          return honest({ ...call, ...(isSearch(call) && call.body ? { body: Buffer.from(asked) } : {}) });
        };
        await lab
          .sync(people(5, (index) => ({ name: `Renamed ${index}` })))
          .catch((error: unknown) => assert.ok(!String(error).includes('endless'), String(error)));
      }));

    it('and shows everybody, whoever is asked for, has nobody else changed or removed', () =>
      SyncLab.run({}, async (lab) => {
        await lab.lab.create('77');
        await lab.converge(people(3));
        const honest = lab.lab.terminal.call.bind(lab.lab.terminal);
        lab.lab.terminal.call = (call) => {
          const body = String(call.body ?? '').replace(/,"EmployeeNoList":\[[^\]]*\]/, '');
          return honest({ ...call, ...(isSearch(call) ? { body: Buffer.from(body) } : {}) });
        };
        lab.changes();
        const result = await lab.sync([
          { employeeNo: '1', name: 'New' },
          { employeeNo: '2', remove: true },
        ]);
        assert.deepEqual(lab.changes(), ['person deleted 2', 'person updated 1']);
        assert.deepEqual([result.removed, result.converged], [1, true]);
      }));
  });

  describe('refusals', () => {
    const status = (code: string): { statusCode: number; subStatusCode: string } => ({
      statusCode: 4,
      subStatusCode: code,
    });
  });

  it('removes nobody where the limit is no number', () =>
    SyncLab.run({}, async (lab) => {
      await lab.converge(people(3));
      await assert.rejects(lab.sync(people(1), { scope: 'all', maxRemovals: NaN }), { code: 'TOO_MANY_REMOVALS' });
      assert.equal(lab.numbers.length, 3);
    }));
});
