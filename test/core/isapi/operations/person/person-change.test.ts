import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { HikvisionError } from '../../../../../core/errors/hikvision-error.js';
import {
  changedPerson,
  personChange,
  unchangedField,
  type PersonChange,
} from '../../../../../core/isapi/operations/person/person-change.js';
import type { PersonInput } from '../../../../../core/isapi/operations/person/user-info.js';
import type { Tree } from '../../../../../core/isapi/protocol/document.js';

type Field = keyof PersonInput;

const BEGIN = '2026-01-01T00:00:00';
const END = '2027-01-01T00:00:00';
const BLANK: PersonInput = {
  ...{ employeeNo: '1', fullName: 'Anna', userType: '', gender: '', groupId: '', beginTime: '', endTime: '' },
  ...{ timeType: '', validEnabled: '', doorRight: '', planTemplateNo: '', extra: '' },
};
/** Every field with a value that no terminal has by itself. */
const FULL: PersonInput = {
  ...{ employeeNo: '1', fullName: 'Anna', userType: 'visitor', gender: 'female', groupId: '4' },
  ...{ beginTime: BEGIN, endTime: END, timeType: 'UTC', validEnabled: 'false', doorRight: '2,3', planTemplateNo: '5' },
  extra: { floorNumber: 3 },
};

interface Case {
  input?: Partial<PersonInput>;
  fromMessage?: Field[];
  alsoExisting?: boolean;
}

function asked({ input = {}, fromMessage = [], alsoExisting = false }: Case, base = FULL): PersonChange {
  return personChange({ ...base, ...input }, { fromMessage: new Set(fromMessage), alsoExisting });
}

function refuses(work: () => unknown, field: string): void {
  assert.throws(work, (error: unknown) => {
    assert.ok(error instanceof HikvisionError);
    assert.deepEqual([error.code, error.delivery, error.params['field']], ['INVALID_INPUT', 'unsent', field]);
    return true;
  });
}

describe('what is asked of a person who is there', () => {
  const name = { name: 'Anna', usualSchedules: ['5'] };
  const fields: [Field, Partial<PersonChange>][] = [
    ['userType', { userType: 'visitor' }],
    ['gender', { gender: 'female' }],
    ['groupId', { groupId: 4 }],
    ['doorRight', { doors: [2, 3] }],
    ['planTemplateNo', { schedules: ['5'] }],
    ['validEnabled', { enabled: false }],
    ['beginTime', { beginTime: BEGIN }],
    ['endTime', { endTime: END }],
    ['timeType', { timeType: 'UTC' }],
    ['extra', { extra: { floorNumber: 3 } }],
  ];

  it('is the name alone where everything else stands in the dialog', () => {
    assert.deepEqual(asked({}), name);
  });

  for (const [field, change] of fields) {
    it(`is ${field} besides where the message brings it, and nothing else`, () => {
      assert.deepEqual(asked({ fromMessage: [field] }), { ...name, ...change });
    });
  }

  it('is both times with their zone', () => {
    const times = { beginTime: BEGIN, endTime: END, timeType: 'UTC' };
    assert.deepEqual(asked({ fromMessage: ['beginTime', 'endTime'] }), { ...name, ...times });
  });

  it('is all that stands in the dialog where that is meant for those who are there, too', () => {
    const all = Object.assign({}, ...fields.map(([, change]) => change)) as object;
    assert.deepEqual(asked({ alsoExisting: true }), { ...name, ...all });
  });

  for (const blank of ['', ' ', undefined, null]) {
    for (const [field] of fields.filter(([each]) => each !== 'doorRight')) {
      it(`is nothing of ${field} where the message brings ${blank === undefined ? 'nothing' : JSON.stringify(blank)}`, () => {
        const { usualSchedules, ...change } = asked({ input: { [field]: blank }, fromMessage: [field] });
        assert.deepEqual(change, { name: 'Anna' });
        assert.deepEqual(usualSchedules, field === 'planTemplateNo' ? ['1'] : ['5']);
      });
    }
  }

  it('is no door where the message brings a blank', () => {
    assert.deepEqual(asked({ input: { doorRight: '' }, fromMessage: ['doorRight'] }), { ...name, doors: [] });
  });

  it('is nothing of the doors where the message brings none of that property', () => {
    for (const doorRight of [undefined, null]) {
      for (const alsoExisting of [false, true]) {
        const { doors } = asked({ input: { doorRight }, fromMessage: ['doorRight'], alsoExisting });
        assert.equal(doors, undefined);
      }
    }
  });

  it('is no door where a blank in the dialog is meant for those who are there, too, and else nothing of a blank', () => {
    const usual = { name: 'Anna', usualSchedules: ['1'] };
    assert.deepEqual(asked({ alsoExisting: true }, BLANK), { ...usual, doors: [] });
    assert.deepEqual(asked({}, BLANK), usual);
  });

  for (const [field, value] of [
    ['fullName', ''],
    ['userType', 'admin'],
    ['gender', 'x'],
    ['groupId', 'sales'],
    ['doorRight', 'front'],
    ['planTemplateNo', 'all day'],
    ['validEnabled', 'yes'],
    ['beginTime', 'today'],
    ['endTime', 'tomorrow'],
    ['timeType', 'GMT'],
    ['extra', [1]],
  ] as [Field, unknown][]) {
    it(`is refused, and ${field} named, where its value is bad`, () => {
      refuses(() => asked({ input: { [field]: value }, fromMessage: [field] }), field);
    });
  }

  it('is refused where the schedules that a new door would get are bad, though nobody asks for them', () => {
    refuses(() => asked({ input: { planTemplateNo: 'all day' } }), 'planTemplateNo');
  });

  it('is refused where extra names somebody else', () => {
    assert.throws(() => asked({ input: { extra: { employeeNo: '2' } }, fromMessage: ['extra'] }), {
      reason: 'input.extraEmployeeNo',
    });
  });

  it('is refused where the end comes before the beginning', () => {
    const input = { beginTime: '2031-01-01T00:00:00', endTime: '2030-01-01T00:00:00' };
    assert.throws(() => asked({ input, fromMessage: ['beginTime', 'endTime'] }), { reason: 'input.endBeforeBegin' });
  });
});

describe('a person as they are written', () => {
  const person = {
    ...{ employeeNo: '1', name: 'Anna', doorRight: '1,2' },
    RightPlan: [
      { doorNo: 1, planTemplateNo: '3' },
      { doorNo: 2, planTemplateNo: '4' },
    ],
    Valid: { enable: true, beginTime: BEGIN, endTime: END },
  };
  const written = (change: Partial<PersonChange>, stored: Tree | undefined = person): Tree =>
    changedPerson('1', stored, { name: 'Anna', usualSchedules: ['7'], ...change });
  const shown = (fields: Tree): Tree => ({ employeeNo: '1', name: 'Anna', ...fields });
  const doorsOf = ({ doorRight, RightPlan }: Tree): unknown => ({
    doorRight,
    plans: (RightPlan as Tree[]).map(({ doorNo, planTemplateNo }) => `${String(doorNo)}: ${String(planTemplateNo)}`),
  });

  for (const [words, stored, change, doorRight, plans] of [
    [
      'the asked doors with the asked schedules',
      person,
      { doors: [2, 12], schedules: ['5', '6'] },
      '2,12',
      '2: 5, 12: 6',
    ],
    ['a new door with the usual schedule where the others differ', person, { doors: [1, 4] }, '1,4', '1: 3, 4: 7'],
    [
      'a new door with the usual schedule where that of the others is not shown',
      shown({ doorRight: '1', RightPlan: [{ doorNo: 1 }] }),
      { doors: [2] },
      ...['2', '2: 7'],
    ],
    [
      'a new door with the factory’s schedule where no usual one is given',
      shown({ doorRight: '', RightPlan: [] }),
      { doors: [2], usualSchedules: undefined },
      ...['2', '2: 1'],
    ],
    [
      'no old schedule of a door that could not be opened',
      shown({
        doorRight: '1',
        RightPlan: [
          { doorNo: 1, planTemplateNo: '3' },
          { doorNo: 2, planTemplateNo: '9' },
        ],
      }),
      { doors: [1, 2] },
      ...['1,2', '1: 3, 2: 3'],
    ],
    [
      'each door its own, as many figures as it has and whatever blanks stand before it',
      shown({
        doorRight: '1, 12',
        RightPlan: [
          { doorNo: 1, planTemplateNo: '3' },
          { doorNo: 12, planTemplateNo: '4' },
        ],
      }),
      { doors: [1, 12] },
      ...['1,12', '1: 3, 12: 4'],
    ],
    [
      'what the plans say where only they are shown',
      shown({
        RightPlan: [
          { doorNo: 1, planTemplateNo: '3' },
          { doorNo: 2, planTemplateNo: '4' },
        ],
      }),
      { doors: [1, 2, 3] },
      ...['1,2,3', '1: 3, 2: 4, 3: 7'],
    ],
    [
      'the usual schedules where only the doors are shown',
      shown({ doorRight: '1' }),
      { doors: [1, 2] },
      ...['1,2', '1: 7, 2: 7'],
    ],
    [
      'what can be read among plans that cannot',
      shown({ doorRight: '1', RightPlan: [null, 5, { doorNo: 1, planTemplateNo: '3' }] }),
      { doors: [1] },
      ...['1', '1: 3'],
    ],
  ] as [string, Tree, Partial<PersonChange>, string, string][]) {
    it(`opens ${words}`, () => {
      assert.deepEqual(doorsOf(written(change, stored)), { doorRight, plans: plans.split(', ') });
    });
  }

  it('opens each of its doors at its own new schedule, and no other door', () => {
    assert.deepEqual(doorsOf(written({ schedules: ['5', '6'] })), { doorRight: '1,2', plans: ['1: 5', '2: 6'] });
    const one = { ...person, doorRight: '2' };
    assert.deepEqual(doorsOf(written({ schedules: ['5'] }, one)), { doorRight: '2', plans: ['2: 5'] });
  });

  it('has no door after schedules are asked for somebody without one', () => {
    const nobody = shown({ doorRight: '', RightPlan: [] });
    assert.deepEqual(doorsOf(written({ schedules: ['5', '6'] }, nobody)), { doorRight: '', plans: [] });
  });

  it('keeps what else the terminal says of a door', () => {
    const RightPlan = [{ doorNo: 1, planTemplateNo: '3', lockID: 'a' }];
    const stored = shown({ doorRight: '1', RightPlan });
    assert.deepEqual(written({ doors: [1] }, stored)['RightPlan'], RightPlan);
    const rescheduled = [{ doorNo: 1, planTemplateNo: '5', lockID: 'a' }];
    assert.deepEqual(written({ schedules: ['5'] }, stored)['RightPlan'], rescheduled);
  });

  it('is not written where schedules do not fit the doors, and the numbers are named', () => {
    assert.throws(() => written({ schedules: ['5', '6', '7'] }), {
      ...{ reason: 'input.scheduleCount', params: { field: 'planTemplateNo', schedules: 3, doors: 2 } },
    });
  });

  for (const [words, stored, change] of [
    ['doors of somebody whose doors are not shown', shown({}), { doors: [2] }],
    ['schedules of somebody whose doors are not shown', shown({}), { schedules: ['5'] }],
    ['an end of somebody whose validity is not shown', shown({}), { endTime: END }],
    ['an end of somebody whose validity is no object', shown({ Valid: 'yes' }), { endTime: END }],
    ['a validity without a beginning', undefined, { enabled: true, endTime: END }],
    ['a validity without an end', undefined, { enabled: true, beginTime: BEGIN }],
  ] as [string, Tree | undefined, Partial<PersonChange>][]) {
    it(`is not written with ${words}, since the rest would be a guess`, () => {
      assert.throws(() => changedPerson('1', stored, { name: 'Anna', usualSchedules: ['7'], ...change }), {
        ...{ code: 'BAD_REPLY', reason: 'personUnreadable', delivery: 'answered', params: { employeeNo: '1' } },
      });
    });
  }

  it('has a whole validity that is asked where none is shown', () => {
    const whole = { enabled: false, beginTime: BEGIN, endTime: END };
    assert.deepEqual(written(whole, shown({}))['Valid'], { enable: false, beginTime: BEGIN, endTime: END });
  });

  for (const [words, Valid, change, expected] of [
    [
      'who may not enter any more, and the times stay',
      person.Valid,
      { enabled: false },
      { ...person.Valid, enable: false },
    ],
    ['without times', { enable: true }, { enabled: false }, { enable: false }],
    ['with an end and no beginning', { enable: true }, { endTime: END }, { enable: true, endTime: END }],
    ['with a beginning and no end', { enable: true }, { beginTime: BEGIN }, { enable: true, beginTime: BEGIN }],
  ] as [string, Tree, Partial<PersonChange>, Tree][]) {
    it(`is somebody ${words}`, () => {
      assert.deepEqual(written(change, shown({ Valid }))['Valid'], expected);
    });
  }

  it('is valid for a second at least, by the terminal’s own clock whatever zone it names', () => {
    const params = { field: 'endTime', beginTime: BEGIN, endTime: BEGIN };
    const refused = { reason: 'input.endBeforeBegin', params };
    assert.throws(() => written({ endTime: BEGIN }), refused);
    const zoned = shown({ Valid: { enable: true, beginTime: BEGIN, endTime: `${BEGIN}+08:00` } });
    assert.throws(() => written({ beginTime: BEGIN }, zoned), refused);
  });
});

describe('reading a changed person back', () => {
  const plan = (...doors: string[]): Tree[] =>
    doors.map((door) => {
      const [doorNo, planTemplateNo] = door.split(':');
      return { doorNo: Number(doorNo), planTemplateNo };
    });
  const written: Tree = {
    ...{
      employeeNo: '1',
      name: 'Anna',
      userType: 'visitor',
      groupId: 4,
      doorRight: '1,2',
      RightPlan: plan('1:3', '2:4'),
    },
    Valid: { enable: false, beginTime: BEGIN, endTime: END },
  };
  const valid = (fields: Tree): Tree => ({ Valid: { ...(written['Valid'] as Tree), ...fields } });
  const without = (...names: string[]): Tree =>
    Object.fromEntries(Object.entries(written).filter(([name]) => !names.includes(name)));

  for (const [words, shown] of [
    ['all is as it was written', {}],
    ['doors and plans come in another order', { doorRight: '2,1', RightPlan: plan('2:4', '1:3') }],
    ['the terminal keeps a plan of a door that is not open', { RightPlan: plan('1:3', '2:4', '3:1') }],
    ['words come in other letters', { userType: 'Visitor', ...valid({ enable: 'False' }) }],
    ['numbers come as text', { groupId: '4' }],
    ['times come with a zone', valid({ beginTime: `${BEGIN}+08:00`, endTime: `${END}+08:00` })],
  ] as [string, Tree][]) {
    it(`finds nothing where ${words}`, () => {
      assert.equal(unchangedField({ ...written, ...shown }, written), undefined);
    });
  }

  for (const [field, words, shown] of [
    ['doorRight', 'a door is there still', { doorRight: '1,2,3', RightPlan: plan('1:3', '2:4', '3:1') }],
    ['doorRight', 'a door is missing', { doorRight: '1', RightPlan: plan('1:3') }],
    ['doorRight', 'a door is another', { doorRight: '1,3', RightPlan: plan('1:3', '3:4') }],
    ['doorRight', 'a schedule is another', { RightPlan: plan('1:3', '2:1') }],
    ['doorRight', 'a schedule is missing', { RightPlan: [{ doorNo: 1 }, ...plan('2:4')] }],
    ['Valid.enable', 'they may enter still', valid({ enable: true })],
    ['Valid.beginTime', 'they may enter earlier', valid({ beginTime: '2025-01-01T00:00:00' })],
    ['Valid.endTime', 'they may enter longer', valid({ endTime: '2037-01-01T00:00:00' })],
    ['userType', 'they are of another type', { userType: 'normal' }],
    ['groupId', 'they are in another department', { groupId: 1 }],
  ] as [string, string, Tree][]) {
    it(`names ${field} where ${words}`, () => {
      assert.equal(unchangedField({ ...written, ...shown }, written), field);
    });
  }

  for (const absent of [
    ['doorRight'],
    ['RightPlan'],
    ['doorRight', 'RightPlan'],
    ['Valid'],
    ['userType'],
    ['groupId'],
  ]) {
    it(`finds nothing where the terminal does not show ${absent.join(' and ')}, and where that was not written`, () => {
      assert.equal(unchangedField(without(...absent), written), undefined);
      assert.equal(unchangedField(written, without(...absent)), undefined);
    });
  }

  it('claims nothing of doors where only plans, or only doors, are shown', () => {
    const other = { doorRight: '1', RightPlan: plan('1:3') };
    assert.equal(unchangedField({ ...without('doorRight'), RightPlan: other.RightPlan }, written), undefined);
    assert.equal(unchangedField({ ...without('RightPlan'), doorRight: other.doorRight }, written), undefined);
  });

  it('finds nothing where parts of the validity are not shown', () => {
    assert.equal(unchangedField({ ...written, Valid: {} }, written), undefined);
    assert.equal(unchangedField(written, { ...written, Valid: {} }), undefined);
  });
});
