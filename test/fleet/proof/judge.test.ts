import assert from 'node:assert/strict';

import type { CaptureSent, History, JournalEntry, PersonThen } from '../../harness/fleet/proof/history.js';
import { judge } from '../../harness/fleet/proof/judge.js';

const anna: PersonThen = { employeeNo: '101', name: 'Anna', ends: '2035-12-31T23:59:59', face: 'P101.1' };
const boris: PersonThen = { ...anna, employeeNo: '102', name: 'Борис', face: 'P102.1' };
const guest: PersonThen = { ...anna, employeeNo: '9001', name: 'Guest', face: 'R9001' };
const SECOND = 1000;

/** A run in which nothing was wrong: two terminals, of which the second has a list that is everybody, and one that takes no password. */
function history(more: Partial<History> = {}): History {
  const terminals = ['T01', 'T02', 'T03'].map((name) => {
    return { name, isWhole: name === 'T02', isForbidden: name === 'T03' };
  });
  return {
    ...{
      terminals,
      journal: [],
      captures: [],
      releases: [],
      troubles: [],
      registered: [],
      leftover: [],
      dead: ['T03'],
    },
    wanted: ['T01', 'T02'].map((terminal) => ({ since: 0, at: 0, terminal, persons: [anna] })),
    held: ['T01', 'T02'].map((terminal) => ({ at: SECOND, terminal, persons: [anna] })),
    lives: new Map([
      ['north', 1],
      ['south', 1],
    ]),
    endedAt: 100 * SECOND,
    ...more,
  };
}

function holding(terminal: string, persons: PersonThen[]): Partial<History> {
  return { held: [...history().held, { at: 2 * SECOND, terminal, persons }] };
}

function entry(more: object, at = 50 * SECOND): JournalEntry {
  return { at, terminal: 'T01', serial: 'S1', ...more } as JournalEntry;
}

function capture(owner: string, seconds: number, more: Partial<CaptureSent> = {}): CaptureSent {
  const at = seconds * SECOND;
  return { at, answeredAt: at + SECOND, terminal: 'T01', serial: 'S1', owner, ...more };
}

/** The promises that are broken, by the word with which each begins. */
function broken(more: Partial<History>): string[] {
  return [...new Set(judge(history(more)).map((words) => words.split(':')[0] ?? ''))];
}

describe('the judge of the fleet', () => {
  it('has nothing to say where nothing was wrong', () => {
    assert.deepEqual(judge(history()), []);
    // Whoever is in no list may be there, where the list is not everybody.
    assert.deepEqual(judge(history(holding('T01', [anna, guest]))), []);
  });

  it('sees who is missing, who is still there, and what is not as the list says', () => {
    const wanted = [...history().wanted, { since: 0, at: 10, terminal: 'T01', persons: [anna] }];
    const was = { since: 0, at: 5, terminal: 'T01', persons: [anna, boris] };
    assert.deepEqual(broken(holding('T01', [])), ['at the end', 'late']);
    assert.deepEqual(broken(holding('T02', [anna, guest])), ['at the end', 'late']);
    assert.deepEqual(broken(holding('T01', [{ ...anna, face: 'P101.2' }])), ['at the end', 'late']);
    assert.deepEqual(broken({ ...holding('T01', [anna, boris]), wanted: [was, ...wanted] }), ['at the end', 'late']);
  });

  it('sees a removal of somebody whom the list wanted all the while, or never named', () => {
    assert.deepEqual(broken({ journal: [entry({ what: 'deleted', employeeNo: '101', byHand: false })] }), ['removed']);
    assert.deepEqual(broken({ journal: [entry({ what: 'deleted', employeeNo: '555', byHand: false })] }), ['foreign']);
    assert.deepEqual(broken({ journal: [entry({ what: 'deleted', employeeNo: '101', byHand: true })] }), []);
    assert.deepEqual(
      broken({ journal: [entry({ what: 'deleted', employeeNo: '555', byHand: false, terminal: 'T02' })] }),
      [],
    );
    // Revoked, and wanted again: the removal was decided in between.
    const wanted = [
      { since: 0, at: 0, terminal: 'T01', persons: [anna] },
      { since: 40 * SECOND, at: 41 * SECOND, terminal: 'T01', persons: [] },
      { since: 45 * SECOND, at: 46 * SECOND, terminal: 'T01', persons: [anna] },
      ...history().wanted.slice(1),
    ];
    assert.deepEqual(
      broken({ wanted, journal: [entry({ what: 'deleted', employeeNo: '101', byHand: false })] }).includes('removed'),
      false,
    );
  });

  it('sees a face that is somebody else’s', () => {
    const bound = (employeeNo: string, face: string): Partial<History> => {
      return { journal: [entry({ what: 'bound', employeeNo, face, byHand: false })] };
    };
    assert.deepEqual(broken(bound('9001', 'R9002')), ['face']);
    assert.deepEqual(broken(bound('101', 'P102.1')), ['face']);
    assert.deepEqual(broken(bound('9001', 'R9001')), []);
    assert.deepEqual(broken(bound('101', 'P101.2')), []);
  });

  it('sees captures of different owners too soon after each other, but for a clean hand-over in between', () => {
    const released = (seconds: number): Partial<History> => {
      return { releases: [{ at: seconds * SECOND, serial: 'S1', instance: 'north' }] };
    };
    const two = [capture('north#1', 10), capture('south#1', 40)];
    assert.deepEqual(broken({ captures: two }), ['captures']);
    assert.deepEqual(broken({ captures: two, ...released(20) }), []);
    assert.deepEqual(broken({ captures: two, ...released(5) }), ['captures']);
    assert.deepEqual(broken({ captures: two, ...released(10.5) }), ['captures']);
    assert.deepEqual(broken({ captures: [capture('north#1', 10), capture('south#1', 76)] }), []);
    assert.deepEqual(broken({ captures: [capture('north#1', 10), capture('north#1', 20)] }), []);
    assert.deepEqual(broken({ captures: [capture('north#1', 10), capture('north#2', 20)] }), ['captures']);
    assert.deepEqual(broken({ captures: [capture('north#1', 10), capture('south#1', 20, { serial: 'S2' })] }), []);
    const unanswered = capture('north#1', 10, { answeredAt: undefined });
    assert.deepEqual(broken({ captures: [unanswered, capture('south#1', 40)], ...released(20) }), ['captures']);
  });

  it('sees a wrong password that is tried again, and one that is not wrong', () => {
    const rejected = (owner: string, terminal = 'T03'): JournalEntry =>
      entry({ what: 'login rejected', owner, terminal });
    assert.deepEqual(broken({ journal: [rejected('north#1'), rejected('south#1')] }), []);
    assert.deepEqual(broken({ journal: [rejected('north#1'), rejected('north#1')] }), ['password']);
    assert.deepEqual(broken({ journal: [rejected('north#1'), rejected('north#2')] }), ['password']);
    assert.deepEqual(broken({ journal: [rejected('north#1', 'T01')] }), ['password']);
  });

  it('sees no wrong password that is tried again where the instance cannot have heard of the refusal', () => {
    const rejected = (owner: string, seconds: number): JournalEntry =>
      entry({ what: 'login rejected', owner, terminal: 'T03' }, seconds * SECOND);
    const tries = (first: number, second: number, what: string, whom = 'north'): string[] => {
      const troubles = [{ whom, what, from: 40 * SECOND, to: 50 * SECOND }];
      return broken({ journal: [rejected('north#1', first), rejected('north#2', second)], troubles });
    };
    assert.deepEqual(tries(39.9, 60, 'kill'), []);
    assert.deepEqual(tries(38, 60, 'kill'), ['password']);
    assert.deepEqual(tries(38, 49, 'kill'), ['password']);
    assert.deepEqual(tries(39.9, 60, 'kill', 'south'), ['password']);
    assert.deepEqual(tries(39.9, 60, 'cut database'), ['password']);
    for (const what of ['pause', 'cut terminals']) {
      assert.deepEqual(tries(50.1, 60, what), []);
      assert.deepEqual(tries(30, 60, what), ['password']);
    }
  });

  it('sees work that is left, given up or lost, and a registration that was confirmed and is not there', () => {
    assert.deepEqual(broken({ leftover: ['T01'] }), ['work']);
    assert.deepEqual(broken({ dead: ['T01', 'T03'] }), ['work']);
    assert.deepEqual(broken({ dead: [] }), ['work']);
    const registered = [{ at: 10 * SECOND, terminal: 'T01', employeeNo: '9001' }];
    assert.deepEqual(broken({ registered }), ['registered']);
    assert.deepEqual(broken({ registered, ...holding('T01', [anna, guest]) }), []);
    assert.deepEqual(broken({ registered, journal: [entry({ what: 'replaced' })] }), []);
  });

  it('sees a terminal that is late although an instance had time', () => {
    const wanted = [...history().wanted, { since: 9 * SECOND, at: 10 * SECOND, terminal: 'T01', persons: [boris] }];
    const held = [...history().held, { at: 60 * SECOND, terminal: 'T01', persons: [boris] }];
    const trouble = (whom: string, from: number, to: number): History['troubles'][number] => {
      return { whom, from: from * SECOND, to: to * SECOND, what: 'kill' };
    };
    assert.deepEqual(broken({ wanted, held }), ['late']);
    assert.deepEqual(broken({ wanted, held, troubles: [trouble('all', 30, 35)] }), []);
    assert.deepEqual(broken({ wanted, held, troubles: [trouble('T01', 30, 35)] }), []);
    assert.deepEqual(broken({ wanted, held, troubles: [trouble('north', 30, 35)] }), ['late']);
    assert.deepEqual(broken({ wanted, held, troubles: [trouble('north', 30, 35), trouble('south', 40, 45)] }), []);
    // The list changed again meanwhile: what counts is the time since.
    const again = [...wanted, { since: 34 * SECOND, at: 35 * SECOND, terminal: 'T01', persons: [boris] }];
    assert.deepEqual(broken({ wanted: again, held }), []);
  });
});
