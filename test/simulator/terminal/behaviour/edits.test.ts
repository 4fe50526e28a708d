import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describe, it } from 'mocha';
import { parseCommand, type SimulatedTerminal } from '../../../../simulator/simulated-terminal.js';
import { eventsOf, withTerminal } from '../../../harness/terminal/raw-client.js';

const SETTINGS = { model: 'DS-K1T341CMFW' } as const;

function people(terminal: SimulatedTerminal): unknown[] {
  return terminal.persons().map(({ employeeNo, name, face, cards }) => [employeeNo, name, face, cards]);
}

describe('an edit on the own menu of a simulated terminal', () => {
  it('adds a person with face and cards, and changes only what is given', () =>
    withTerminal(SETTINGS, (terminal) => {
      terminal.edit({ person: { employeeNo: '1', name: 'Anna', face: 'Anna', cards: ['11', '12'] } });
      assert.deepEqual(people(terminal), [['1', 'Anna', 'Anna', ['11', '12']]]);
      terminal.edit({ person: { employeeNo: '1', gender: 'female' } });
      assert.deepEqual(people(terminal), [['1', 'Anna', 'Anna', ['11', '12']]]);
      terminal.edit({ person: { employeeNo: '1', name: 'Anna B', face: 'Boris', cards: ['12', '13'] } });
      assert.deepEqual(people(terminal), [['1', 'Anna B', 'Boris', ['12', '13']]]);
      terminal.edit({ person: { employeeNo: '1', face: null, cards: [] } });
      assert.deepEqual(people(terminal), [['1', 'Anna B', undefined, []]]);
      assert.equal(terminal.persons()[0]?.UserInfo['gender'], 'female');
      return Promise.resolve();
    }));

  it('removes a person, who need not be there, with face and cards', () =>
    withTerminal(SETTINGS, (terminal) => {
      terminal.edit({ person: { employeeNo: '1', face: 'Anna', cards: ['11'] } });
      const events = eventsOf(terminal);
      terminal.edit({ remove: '1' });
      terminal.edit({ remove: '1' });
      assert.deepEqual([people(terminal), events.map(({ event }) => event)], [[], ['person deleted']]);
      terminal.edit({ person: { employeeNo: '2', cards: ['11'] } });
      assert.deepEqual(people(terminal), [['2', '', undefined, ['11']]]);
      return Promise.resolve();
    }));

  it('is refused as the terminal refuses it', () =>
    withTerminal(SETTINGS, (terminal) => {
      terminal.edit({ person: { employeeNo: '1', cards: ['11'] } });
      assert.throws(() => terminal.edit({ person: { employeeNo: '2', cards: ['11'] } }), /cardNoAlreadyExist/);
      assert.throws(() => terminal.edit({ person: { employeeNo: '3', gender: 'x' } }), /badJsonContent/);
      return Promise.resolve();
    }));

  it('is a command, too', () =>
    withTerminal(SETTINGS, (terminal) => {
      terminal.runCommand(parseCommand({ person: { employeeNo: '1', name: 'Anna' } }));
      terminal.runCommand(parseCommand({ person: { employeeNo: '2' } }));
      terminal.runCommand(parseCommand({ remove: '2' }));
      assert.deepEqual(people(terminal), [['1', 'Anna', undefined, []]]);
      assert.deepEqual(parseCommand({ replace: true }), { command: 'replace' });
      assert.deepEqual(parseCommand({ replace: 'B7' }), { command: 'replace', serialNumber: 'B7' });
      return Promise.resolve();
    }));

  for (const value of [
    { person: 'Anna' },
    { person: {} },
    { person: { employeeNo: 1 } },
    { person: { employeeNo: '1', face: '' } },
    { person: { employeeNo: '1', face: 5 } },
    { person: { employeeNo: '1', cards: '11' } },
    { person: { employeeNo: '1', cards: [11] } },
    { remove: '' },
    { remove: 1 },
    { replace: '' },
    { replace: 5 },
  ]) {
    it(`is not ${inspect(value)}`, () => assert.throws(() => parseCommand(value), Error));
  }
});
