import type { TerminalClock } from '../behaviour/clock.js';
import type { Emit } from '../behaviour/events.js';
import type { ListFault } from '../behaviour/faults.js';
import type { Model } from '../behaviour/models.js';
import { faceNameOf, facePicture } from '../picture/simulated-face.js';
import { refuse } from '../protocol/replies.js';
import { isObject, readJson, type JsonObject } from '../protocol/request-documents.js';
import { ENROLMENT_PATH, type EnrolmentPicture } from './enrolment-picture.js';
import { mediaType, readFaceParts } from './face-request.js';
import { facePath, type Person } from '../persons/person.js';
import type { Persons } from '../persons/persons.js';
import { searchPage } from '../persons/search-page.js';
import { storedPicture } from './stored-pictures.js';

/** 134 KB passed and 201 KB failed on one model, with badJsonContent and faceURL. */
const MAX_PICTURE_BYTES = 200 * 1024;

/** A simulated face whose name begins so is never modelled, however often it comes. */
const UNUSABLE = 'unusable';

/** Faces a page of FDSearch. */
const FACES_A_PAGE = 30;

/** The face library of one terminal. */
export class FaceLibrary {
  private count = 0;

  /** @param origin where the terminal listens, asked for when a URL is written */
  constructor(
    private readonly model: Model,
    private readonly clock: TerminalClock,
    private readonly persons: Persons,
    private readonly origin: () => string,
    private readonly enrolmentPicture: () => EnrolmentPicture | undefined,
    private readonly emit: Emit,
  ) {}

  /**
   * FDSetUp: binds to the person FPID the face in `img`, or the face that is in the enrolment picture now,
   * whatever counter its URL carries. It takes the place of a face that the person has.
   * @throws Refusal
   */
  setUp(contentType: string, body: Buffer): void {
    const { record, picture } = readFaceParts(contentType, body, ['img']);
    if (picture && !this.model.takesPicture) throw refuse(6, 'badJsonContent', 'faceURL');
    if (picture && record['faceURL'] !== undefined) throw refuse(6, 'badJsonContent', 'faceURL');
    if (!picture && record['faceURL'] === undefined) throw refuse(6, 'MessageParametersLack', 'faceURL');
    const person = this.persons.require(checkLibrary(record));
    if (person.face && this.clock.now() < person.face.countsFrom) {
      throw refuse(6, 'faceDataModeling', 'faceDataModeling');
    }
    if (picture) this.bind(person, { face: faceIn(picture), jpeg: picture }, 'picture');
    else this.bind(person, this.pictureBehind(record['faceURL']), 'url');
  }

  /**
   * FaceDataRecord: adds the face in `FaceImage` or `img` to the person FPID, who has none yet. Seen to fail whatever the
   * record says: a URL, and a picture inside the JSON.
   * @throws Refusal
   */
  record(contentType: string, body: Buffer): void {
    const { record, picture } =
      mediaType(contentType) === 'multipart/form-data'
        ? readFaceParts(contentType, body, ['FaceImage', 'img'])
        : { record: readJson(body) };
    const FPID = checkLibrary(record);
    if (!picture) throw refuse(6, isWebAddress(record['faceURL']) ? 'urlDownloadFail' : 'badJsonContent', 'faceURL');
    const person = this.persons.require(FPID);
    if (person.face) throw refuse(6, 'deviceUserAlreadyExistFace', 'FPID');
    this.bind(person, { face: faceIn(picture), jpeg: picture }, 'picture');
  }

  /** FDSearch: the record of one person, or of everybody with a face. @throws Refusal */
  search(cond: JsonObject, fault?: ListFault): JsonObject {
    const { FPID, maxResults = 30, searchResultPosition = 0 } = cond;
    checkLibrary({ ...cond, FPID: FPID ?? 'anybody' });
    const matches = FPID === undefined ? this.withFace() : this.withFace([FPID]);
    const { items, counts } = searchPage({ maxResults, searchResultPosition }, matches, FACES_A_PAGE, fault);
    return {
      statusCode: 1,
      statusString: 'OK',
      subStatusCode: 'ok',
      ...counts,
      ...(items.length > 0 && { MatchList: items.map((person) => this.match(person)) }),
    };
  }

  /**
   * FDSearch/Delete: the listed persons have no face any more; who had none is no mistake.
   * @param library FDID and faceLibType, from the query
   * @throws Refusal
   */
  delete(library: JsonObject, { FPID }: JsonObject): void {
    checkLibrary({ ...library, FPID: '' });
    if (FPID === undefined) throw refuse(6, 'MessageParametersLack', 'FPID');
    if (!Array.isArray(FPID) || FPID.length === 0) throw refuse(6, 'badJsonContent', 'FPID');
    const wanted = FPID.map((item: unknown) => {
      const value = isObject(item) ? item['value'] : undefined;
      if (typeof value !== 'string') throw refuse(6, 'badJsonContent', 'FPID');
      return value;
    });
    for (const { employeeNo } of this.withFace(wanted)) this.erase(employeeNo);
  }

  /** Somebody on the terminal's own menu gives a person another face. @throws Refusal */
  edit(employeeNo: string, name: string): void {
    const jpeg = facePicture(name);
    this.bind(this.persons.require(employeeNo), { face: faceIn(jpeg), jpeg }, 'picture');
  }

  /** The person has no face any more. */
  erase(employeeNo: string): void {
    const person = this.persons.get(employeeNo);
    if (!person?.face) return;
    delete person.face;
    this.emit({ event: 'face deleted', employeeNo });
  }

  /** How many faces there are. */
  get size(): number {
    return this.withFace().length;
  }

  /** Of everybody, or of those with these numbers. */
  private withFace(numbers?: readonly unknown[]): Person[] {
    const persons = numbers
      ? [...new Set(numbers)].flatMap((each) => (typeof each === 'string' ? (this.persons.get(each) ?? []) : []))
      : this.persons.all();
    return persons.filter(({ face }) => face !== undefined);
  }

  private match({ employeeNo, name, face, file }: Person): JsonObject {
    return { FPID: employeeNo, name, ...(face && { faceURL: this.origin() + facePath(file, face.count) }) };
  }

  private bind(
    person: Person,
    { face, jpeg }: Pick<EnrolmentPicture, 'face' | 'jpeg'>,
    source: 'url' | 'picture',
  ): void {
    if (!person.face && this.size >= this.model.maxFaces) throw refuse(6, 'deviceFaceFull', 'FPID');
    this.count += 1;
    const countsFrom = this.clock.now() + this.model.modelling;
    person.face = { name: face, ...storedPicture(jpeg, this.model.recodesPictures), count: this.count, countsFrom };
    this.emit({ event: 'face bound', employeeNo: person.employeeNo, face, source });
  }

  private pictureBehind(faceURL: unknown): EnrolmentPicture {
    if (typeof faceURL !== 'string') throw refuse(6, 'badJsonContent', 'faceURL');
    // Any host name will do, as on real terminals: only the path is used, for a file of their own.
    const path = URL.canParse(faceURL) ? new URL(faceURL).pathname : '';
    const picture = this.enrolmentPicture();
    if (!ENROLMENT_PATH.test(path) || !picture) throw refuse(6, 'urlDownloadFail', 'faceURL');
    return picture;
  }
}

function faceIn(picture: Buffer): string {
  if (picture.length > MAX_PICTURE_BYTES) throw refuse(6, 'badJsonContent', 'faceURL');
  const name = faceNameOf(picture);
  if (name === undefined) throw refuse(6, 'SubpicAnalysisModelingError', 'img');
  if (name.startsWith(UNUSABLE)) throw refuse(6, 'PicAnalysisNoTargetError', 'img');
  return name;
}

function isWebAddress(value: unknown): boolean {
  return typeof value === 'string' && /^https?:\/\//i.test(value);
}

/** The FPID of a record in the one library there is. */
function checkLibrary(record: JsonObject): string {
  for (const name of ['faceLibType', 'FDID', 'FPID']) {
    if (record[name] === undefined) throw refuse(6, 'MessageParametersLack', name);
  }
  const { faceLibType, FDID, FPID } = record;
  if (typeof FPID !== 'string') throw refuse(6, 'badJsonContent', 'FPID');
  if (typeof FDID !== 'string') throw refuse(6, 'badJsonContent', 'FDID');
  if (faceLibType !== 'blackFD' || FDID !== '1') throw refuse(6, 'faceLibraryIDError', 'FDID');
  return FPID;
}
