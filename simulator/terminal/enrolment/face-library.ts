import type { TerminalClock } from '../behaviour/clock.js';
import type { Emit } from '../behaviour/events.js';
import type { Model } from '../behaviour/models.js';
import { faceNameOf } from '../picture/simulated-face.js';
import { parseMultipart, type Part } from '../protocol/multipart.js';
import { refuse } from '../protocol/replies.js';
import { readJson, type JsonObject } from '../protocol/request-documents.js';
import { ENROLMENT_PATH, type EnrolmentPicture } from './enrolment-picture.js';
import type { Persons } from './persons.js';

/** 134 KB passed and 201 KB failed on one model. */
const MAX_PICTURE_BYTES = 200 * 1024;

/** The face library of one terminal. */
export class FaceLibrary {
  constructor(
    private readonly model: Model,
    private readonly clock: TerminalClock,
    private readonly persons: Persons,
    private readonly enrolmentPicture: () => EnrolmentPicture | undefined,
    private readonly emit: Emit,
  ) {}

  /**
   * FDSetUp: binds to the person FPID the face in `img`, or the face that is in the enrolment picture now,
   * whatever counter its URL carries.
   * @throws Refusal
   */
  setUp(contentType: string, body: Buffer): void {
    const { record, picture } = this.partsOf(contentType, body);
    const FPID = checkLibrary(record);
    const person = this.persons.require(FPID);
    if (person.face && this.clock.now() < person.face.countsFrom) {
      throw refuse(6, 'faceDataModeling', 'faceDataModeling');
    }
    const name = picture ? faceIn(picture) : this.faceBehind(record['faceURL']);
    person.face = { name, countsFrom: this.clock.now() + this.model.modelling };
    this.emit({ event: 'face bound', employeeNo: FPID, face: name, source: picture ? 'picture' : 'url' });
  }

  /** FDSearch: the record of one person, or of everybody with a face. @throws Refusal */
  search(cond: JsonObject): JsonObject {
    const { FPID, maxResults = 30, searchResultPosition = 0 } = cond;
    checkLibrary({ ...cond, FPID: FPID ?? 'anybody' });
    if (typeof maxResults !== 'number' || typeof searchResultPosition !== 'number') {
      throw refuse(6, 'badJsonContent', 'maxResults');
    }
    const matches = this.persons
      .all()
      .filter(({ employeeNo, face }) => face !== undefined && (FPID === undefined || FPID === employeeNo));
    const page = matches.slice(searchResultPosition, searchResultPosition + maxResults);
    return {
      statusCode: 1,
      statusString: 'OK',
      subStatusCode: 'ok',
      responseStatusStrg:
        page.length === 0 ? 'NO MATCH' : searchResultPosition + page.length < matches.length ? 'MORE' : 'OK',
      numOfMatches: page.length,
      totalMatches: matches.length,
      ...(page.length > 0 && { MatchList: page.map(({ employeeNo, name }) => ({ FPID: employeeNo, name })) }),
    };
  }

  private partsOf(contentType: string, body: Buffer): { record: JsonObject; picture?: Buffer } {
    let parts: Part[];
    try {
      parts = parseMultipart(contentType, body);
    } catch {
      throw refuse(6, 'badParameters', 'multipart');
    }
    const [first, second] = parts;
    if (first?.name !== 'FaceDataRecord') throw refuse(6, 'badParameters', 'FaceDataRecord');
    if (first.filename !== undefined || first.contentType !== undefined) {
      throw refuse(6, 'badJsonContent', 'FaceDataRecord');
    }
    const record = readJson(first.content);
    if (!second) {
      if (record['faceURL'] === undefined) throw refuse(6, 'MessageParametersLack', 'faceURL');
      return { record };
    }
    if (!this.model.takesPicture) throw refuse(6, 'badJsonContent', 'faceURL');
    const { name, filename, contentType: type } = second;
    if (parts.length > 2 || name !== 'img' || filename === undefined || type !== 'image/jpeg') {
      throw refuse(6, 'badParameters', 'img');
    }
    if (record['faceURL'] !== undefined) throw refuse(6, 'badJsonContent', 'faceURL');
    return { record, picture: second.content };
  }

  private faceBehind(faceURL: unknown): string {
    if (typeof faceURL !== 'string') throw refuse(6, 'badJsonContent', 'faceURL');
    // Any host name will do, as on real terminals: only the path is used, for a file of their own.
    const path = URL.canParse(faceURL) ? new URL(faceURL).pathname : '';
    const picture = this.enrolmentPicture();
    if (!ENROLMENT_PATH.test(path) || !picture) throw refuse(6, 'urlDownloadFail', 'faceURL');
    return picture.face;
  }
}

function faceIn(picture: Buffer): string {
  const name = picture.length > MAX_PICTURE_BYTES ? undefined : faceNameOf(picture);
  if (name === undefined) throw refuse(6, 'SubpicAnalysisModelingError', 'img');
  return name;
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
