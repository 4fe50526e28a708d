import type { Emit } from '../behaviour/events.js';
import { optionalText, optionalTime, text, wholeNumber, type JsonObject } from '../protocol/input.js';
import { refuse } from '../protocol/replies.js';
import { firstFace, pictureIn } from './pictures.js';
import type { Site } from './site.js';

/** A person as the gateway holds it; fields that were never given are blank. */
export interface Person {
  personId: string;
  personCode: string;
  personName: string;
  personGivenName: string;
  personFamilyName: string;
  /** 0 unknown, 1 male, 2 female. */
  gender: number;
  orgIndexCode: string;
  phoneNo: string;
  email: string;
  beginTime: string;
  endTime: string;
}

const MOST_PERSONS = 10_000;
const TEXTS = ['personCode', 'personGivenName', 'personFamilyName', 'orgIndexCode', 'phoneNo', 'email'] as const;
const TIMES = ['beginTime', 'endTime'] as const;

/** Somebody who can receive visitors is there from the start. */
const RECEPTIONIST: Person = {
  personId: '1',
  personCode: 'R001',
  personName: 'Robin Reception',
  personGivenName: 'Robin',
  personFamilyName: 'Reception',
  gender: 0,
  orgIndexCode: '2',
  phoneNo: '',
  email: '',
  beginTime: '2026-01-01T00:00:00+00:00',
  endTime: '2035-12-31T23:59:59+00:00',
};

/** The persons of one gateway, and the names of their faces. Every method throws a Refusal for what the gateway refuses. */
export class Persons {
  private readonly stored = new Map<string, Person>();
  private readonly byCode = new Map<string, string>();
  private readonly faces = new Map<string, string>();
  private lastId = 0;

  constructor(
    private readonly site: Site,
    private readonly emit: Emit,
  ) {
    this.reset();
  }

  all(): Person[] {
    return [...this.stored.values()];
  }

  has(personId: string): boolean {
    return this.stored.has(personId);
  }

  /** What names the face of a person; undefined where there is none. */
  faceOf(personId: string): string | undefined {
    return this.faces.get(personId);
  }

  /** The id of the new person. */
  add(input: JsonObject): string {
    const given = this.fieldsIn(input);
    if (given.personGivenName === undefined && given.personFamilyName === undefined) {
      throw refuse('0x00072001', 'personGivenName');
    }
    const face = firstFace(input);
    if (given.personCode !== undefined && this.byCode.has(given.personCode)) throw refuse('131', 'personCode');
    if (this.stored.size >= MOST_PERSONS) throw refuse('132');
    this.lastId += 1;
    const personId = String(this.lastId);
    const person = this.keep(personId, { ...BLANK, ...given });
    if (face !== undefined) this.faces.set(personId, face);
    const { personCode, personName: name } = person;
    this.emit({ event: 'person created', personId, personCode, name, hasFace: face !== undefined });
    return personId;
  }

  /** Only what is given changes. A face that is sent here is passed over, as a gateway does. */
  update(input: JsonObject): void {
    const person = this.require(text(input, 'personId'));
    const given = this.fieldsIn(input);
    const { personCode } = given;
    if (personCode !== undefined && (this.byCode.get(personCode) ?? person.personId) !== person.personId) {
      throw refuse('131', 'personCode');
    }
    this.byCode.delete(person.personCode);
    this.keep(person.personId, { ...person, ...given });
    this.emit({ event: 'person updated', personId: person.personId });
  }

  setFace(input: JsonObject): void {
    const { personId } = this.require(text(input, 'personId'));
    this.faces.set(personId, pictureIn(input, 'faceData'));
    this.emit({ event: 'face stored', personId });
  }

  findByCode(personCode: string): Person {
    return this.require(this.byCode.get(personCode) ?? '');
  }

  require(personId: string): Person {
    const person = this.stored.get(personId);
    if (!person) throw refuse('128');
    return person;
  }

  delete(personId: string): void {
    const { personCode } = this.require(personId);
    this.stored.delete(personId);
    this.byCode.delete(personCode);
    this.faces.delete(personId);
    this.emit({ event: 'person deleted', personId });
  }

  reset(): void {
    this.stored.clear();
    this.byCode.clear();
    this.faces.clear();
    this.keep(RECEPTIONIST.personId, RECEPTIONIST);
    this.lastId = Number(RECEPTIONIST.personId);
  }

  private keep(personId: string, fields: Omit<Person, 'personId' | 'personName'>): Person {
    const { personGivenName, personFamilyName, personCode } = fields;
    const personName = [personGivenName, personFamilyName].filter((part) => part !== '').join(' ');
    const person = { ...fields, personId, personName };
    this.stored.set(personId, person);
    if (personCode !== '') this.byCode.set(personCode, personId);
    return person;
  }

  /** The fields of a person that are given, checked. */
  private fieldsIn(input: JsonObject): Partial<Person> {
    const given: Partial<Person> = {};
    for (const field of TEXTS) {
      const value = optionalText(input, field);
      if (value !== undefined) given[field] = value;
    }
    for (const field of TIMES) {
      const value = optionalTime(input, field);
      if (value !== undefined) given[field] = value;
    }
    if (input['gender'] !== undefined) given.gender = wholeNumber(input, 'gender', 0, 2);
    if (given.orgIndexCode !== undefined) this.site.requireOrganisation(given.orgIndexCode);
    const { beginTime, endTime } = given;
    if (beginTime !== undefined && endTime !== undefined && Date.parse(endTime) <= Date.parse(beginTime)) {
      throw refuse('0x00072002', 'endTime');
    }
    return given;
  }
}

const BLANK: Omit<Person, 'personId' | 'personName'> = {
  personCode: '',
  personGivenName: '',
  personFamilyName: '',
  gender: 0,
  orgIndexCode: '1',
  phoneNo: '',
  email: '',
  beginTime: '',
  endTime: '',
};
