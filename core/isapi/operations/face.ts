import { HikvisionError } from '../../errors/hikvision-error.js';
import { invalid } from '../../errors/invalid.js';
import { wait, withAnyOf } from '../../http/turns/wait.js';
import { isJpeg } from '../protocol/jpeg.js';
import { pathOf } from '../protocol/picture-url.js';
import { isNotSupported, type IsapiReply } from '../protocol/reply.js';
import type { CaptureRecord } from '../terminal/enrolment.js';
import type { IsapiCall, RequestLine, Terminal } from '../terminal/terminal.js';
import type { Capture } from './capture/capture.js';
import { emptyForm, isAbsent, recordFace } from './face-record.js';
import { namingRight } from './missing-right.js';
import { facesOf, personShown } from './person/person.js';
import { downloadPicture, refusesPictures } from './picture.js';

export interface BindOptions {
  employeeNo: string;
  faceLibType: string;
  FDID: string;
  /** A capture, a URL on this terminal, or a JPEG. */
  face: unknown;
  /** Read back that the person now has a face. */
  verify: boolean;
  /** Where a capture carries its picture, compare it with the one at its URL just before binding. */
  recheck: boolean;
  signal?: AbortSignal;
  /** Called at the moment of sending; what it throws is the outcome. */
  beforeSending?: () => void;
}

/** The contract's `msg.binding`. */
export interface Binding {
  employeeNo: string;
  FDID: string;
  faceLibType: string;
  /** Read back; false too where the terminal has no search for persons. */
  verified: boolean;
  terminal: string;
}

/** What is bound: the terminal's own newest picture by its URL, another file on the terminal, or a JPEG that is sent. */
type Face =
  | { kind: 'captured'; faceURL: string; generation: number; image?: Buffer }
  | { kind: 'file'; faceURL: string }
  | { kind: 'picture'; image: Buffer };

/** Terminals that turned out to have no FDSetUp. */
const withoutSetUp = new WeakSet<Terminal>();

const OPERATION = 'bind face';
/** How a face is bound. */
export const BIND_LINE: RequestLine = { method: 'PUT', target: '/ISAPI/Intelligent/FDLib/FDSetUp?format=json' };
/** 134 KB passed and 201 KB failed on one model; the vendor's rule is 200 KB. */
export const MAX_PICTURE_BYTES = 200 * 1024;
/** A terminal models a face for a few seconds before the person has it. */
const VERIFY_DELAYS_MS = [250, 500, 1000, 2000, 3000, 4000];

/**
 * Binds a face to a person. A capture's URL is bound only while that is the newest capture of this terminal: this is
 * checked at the moment of sending, and no other capture can start meanwhile.
 * @throws HikvisionError `INVALID_INPUT`, `FOREIGN_FACE_URL`, `FACE_SUPERSEDED`, `NOT_VERIFIED`, or the terminal's own
 */
export async function bindFace(terminal: Terminal, options: BindOptions): Promise<Binding> {
  try {
    const face = chooseFace(terminal, options.face);
    const reply = await send(terminal, underItsHold(terminal, options), face).catch(namingRight('right.faces'));
    // A 200 without a status document has been seen to mean accepted; only reading back shows.
    const mustVerify = options.verify || reply.document === undefined;
    const verified = mustVerify && (await verifyFace(terminal, options));
    const { employeeNo, FDID, faceLibType } = options;
    return { employeeNo, FDID, faceLibType, verified, terminal: terminal.name };
  } catch (error) {
    throw terminal.named(error, OPERATION);
  }
}

/**
 * Judges a face before anything is asked of anybody.
 * @throws HikvisionError as `bindFace` does for a face that it cannot bind
 */
export function assertBindable(terminal: Terminal, face: unknown): void {
  chooseFace(terminal, face);
}

/** The id of the capture that this value is, if it is one: the reservation for it can be ended by its id. */
export function captureIdOf(face: unknown): string | undefined {
  const id: unknown = isCapture(face) ? face.id : undefined;
  return typeof id === 'string' ? id : undefined;
}

/** A face that was captured here is not bound, neither as a picture, once the hold of its capture has been lost. */
function underItsHold(terminal: Terminal, options: BindOptions): BindOptions {
  const captureId = captureIdOf(options.face);
  if (captureId === undefined) return options;
  const beforeSending = (): void => {
    options.beforeSending?.();
    terminal.enrolment.assertNotLost(captureId);
  };
  return { ...options, beforeSending };
}

async function send(terminal: Terminal, options: BindOptions, face: Face): Promise<IsapiReply> {
  if (face.kind === 'picture') return bindPicture(terminal, options, face);
  try {
    return await (face.kind === 'captured'
      ? bindCaptured(terminal, options, face)
      : terminal.call(bindCall(options, face)));
  } catch (error) {
    if (!(error instanceof HikvisionError) || !isAbsent(error)) throw error;
    const image = face.kind === 'captured' ? face.image : undefined;
    if (!image) throw error.withAdvice('bindPicture', {});
    return bindPicture(terminal, options, picture(image));
  }
}

async function bindPicture(
  terminal: Terminal,
  options: BindOptions,
  face: Face & { kind: 'picture' },
): Promise<IsapiReply> {
  if (!withoutSetUp.has(terminal)) {
    try {
      const reply = await terminal.call(bindCall(options, face));
      refusesPictures.delete(terminal.physical);
      return reply;
    } catch (error) {
      if (!isAbsent(error)) throw pictureRefused(terminal, error);
    }
  }
  const reply = await recordFace(terminal, options, face.image).catch((error: unknown) => {
    throw isNotSupported(error) ? pictureRefused(terminal, error) : error;
  });
  withoutSetUp.add(terminal);
  refusesPictures.delete(terminal.physical);
  return reply;
}

async function bindCaptured(
  terminal: Terminal,
  options: BindOptions,
  face: Face & { kind: 'captured' },
): Promise<IsapiReply> {
  const { enrolment } = terminal;
  return enrolment.bind(face.generation, async () => {
    if (face.image && options.recheck) await assertSamePicture(terminal, face.faceURL, face.image, options.signal);
    return terminal.call({
      ...bindCall(options, face),
      policy: 'bindByURL',
      beforeSending: () => {
        options.beforeSending?.();
        enrolment.assertNewest(face.generation);
      },
    });
  });
}

/** Somebody may have captured at the terminal's own menu or from another computer: then the picture there is another. */
async function assertSamePicture(
  terminal: Terminal,
  faceURL: string,
  image: Buffer,
  signal: AbortSignal | undefined,
): Promise<void> {
  const picture = await downloadPicture(terminal, pathOf(faceURL), signal);
  if (!picture.equals(image)) {
    throw HikvisionError.of('faceReplaced', { delivery: 'unsent' });
  }
}

function chooseFace(terminal: Terminal, face: unknown): Face {
  if (Buffer.isBuffer(face)) return picture(face);
  if (typeof face === 'string') return faceByURL(terminal, face);
  if (isCapture(face)) return faceOfCapture(terminal, face);
  throw invalid(face === undefined || face === null ? 'faceMissing' : 'faceKind', 'face');
}

function faceOfCapture(terminal: Terminal, capture: Partial<Capture>): Face {
  const { id, faceURL, image } = capture;
  const carried = image === undefined ? undefined : bufferOf(image);
  if (faceURL === undefined) {
    if (carried) return picture(carried);
    throw invalid('captureEmpty', 'face');
  }
  if (typeof faceURL !== 'string') throw invalid('faceKind', 'face');
  const record = typeof id === 'string' ? terminal.enrolment.newestCapture({ id }) : undefined;
  if (record) {
    if (record.faceURL !== faceURL) throw invalid('captureChanged', 'face');
    return captured(record, faceURL, carried);
  }
  if (typeof id === 'string' && terminal.enrolment.isOwnCapture(id)) throw superseded();
  const isOthers = typeof capture.terminal === 'string' && capture.terminal !== terminal.name;
  if (isOwnAddress(terminal, faceURL) && !isOthers) throw superseded();
  // A face captured on one terminal may be bound on another, as the picture it carries.
  if (carried) return picture(carried);
  throw foreign(terminal, faceURL);
}

function faceByURL(terminal: Terminal, value: string): Face {
  const faceURL = value.trim();
  if (faceURL === '') throw invalid('faceMissing', 'face');
  // eslint-disable-next-line no-control-regex -- CR, LF and blanks have no business in a URL
  if (/[\u0000-\u0020\u007f]/.test(faceURL)) throw invalid('faceURL', 'face');
  const record = terminal.enrolment.newestCapture({ path: pathOf(faceURL) });
  if (record?.faceURL === faceURL) return captured(record, faceURL);
  if (!isOwnAddress(terminal, faceURL)) throw foreign(terminal, faceURL);
  if (record) return captured(record, faceURL);
  if (terminal.enrolment.namesEnrolmentPicture(faceURL)) throw superseded();
  return { kind: 'file', faceURL };
}

function captured(record: CaptureRecord, faceURL: string, image?: Buffer): Face {
  return { kind: 'captured', faceURL, generation: record.generation, ...(image ? { image } : {}) };
}

function picture(image: Buffer): Face & { kind: 'picture' } {
  if (!isJpeg(image)) throw invalid('notJpeg', 'face');
  if (image.length > MAX_PICTURE_BYTES) {
    throw invalid('pictureLarge', 'face', { size: Math.ceil(image.length / 1024), limit: MAX_PICTURE_BYTES / 1024 });
  }
  return { kind: 'picture', image };
}

function superseded(): HikvisionError {
  return HikvisionError.of('superseded', { delivery: 'unsent' });
}

function foreign(terminal: Terminal, faceURL: string): HikvisionError {
  return HikvisionError.of('foreignURL', {
    delivery: 'unsent',
    params: { host: webAddress(faceURL)?.host ?? '?', terminal: terminal.settings.host },
  });
}

/** A path alone, or a URL that names the configured host. */
function isOwnAddress(terminal: Terminal, faceURL: string): boolean {
  if (/^\/(?![/\\])/.test(faceURL)) return true;
  const url = webAddress(faceURL);
  const { host, port } = terminal.settings;
  const sameHost = url?.hostname.replace(/^\[(.*)\]$/, '$1') === host.toLowerCase();
  // What a terminal reports of itself names no port.
  return sameHost && (url.port === '' || Number(url.port) === port);
}

function webAddress(faceURL: string): URL | undefined {
  try {
    const url = new URL(faceURL);
    const web = url.protocol === 'http:' || url.protocol === 'https:';
    return web && url.username === '' ? url : undefined;
  } catch {
    return undefined;
  }
}

function isCapture(face: unknown): face is Partial<Capture> {
  return typeof face === 'object' && face !== null && ('faceURL' in face || 'image' in face || 'id' in face);
}

/**
 * A picture that went through JSON (MQTT, HTTP, context on disk) is no longer a Buffer.
 * @throws HikvisionError `INVALID_INPUT`
 */
export function bufferOf(value: unknown): Buffer {
  if (Buffer.isBuffer(value)) return value;
  const data: unknown = typeof value === 'object' && value !== null && 'data' in value ? value.data : undefined;
  if (Array.isArray(data) && data.every((byte) => Number.isInteger(byte))) return Buffer.from(data as number[]);
  throw invalid('faceKind', 'face');
}

function bindCall(options: BindOptions, face: Face): IsapiCall {
  const { faceLibType, FDID, employeeNo, signal, beforeSending } = options;
  const record = { faceLibType, FDID, FPID: employeeNo };
  const form = emptyForm();
  form.append(
    'FaceDataRecord',
    JSON.stringify(face.kind === 'picture' ? record : { ...record, faceURL: face.faceURL }),
  );
  if (face.kind === 'picture') form.append('img', face.image, { filename: 'face.jpg', contentType: 'image/jpeg' });
  return {
    operation: OPERATION,
    method: BIND_LINE.method,
    path: BIND_LINE.target,
    contentType: `multipart/form-data; boundary=${form.getBoundary()}`,
    body: form.getBuffer(),
    // FDSetUp puts the same face in the same place however often it is sent.
    policy: 'repeatable',
    ...(signal ? { signal } : {}),
    ...(beforeSending ? { beforeSending } : {}),
  };
}

/** A terminal that takes no pictures says badJsonContent, after which people would look for a mistake in their JSON. */
function pictureRefused(terminal: Terminal, error: unknown): unknown {
  if (!(error instanceof HikvisionError)) return error;
  const takesNone = isNotSupported(error) || ['badJsonContent', 'MessageParametersLack'].includes(error.code);
  if (!takesNone) return error;
  refusesPictures.add(terminal.physical);
  return error.as('picturesNotTaken');
}

/** Whether the person has a face now; false where the terminal has no search for persons, so that nobody can tell. */
async function verifyFace(terminal: Terminal, { employeeNo, signal }: BindOptions): Promise<boolean> {
  for (const delay of [...VERIFY_DELAYS_MS, undefined]) {
    const person = await personShown(terminal, employeeNo, signal);
    if (person === 'no search') return false;
    if (person && (facesOf(person) ?? 0) > 0) return true;
    if (delay === undefined) break;
    await withAnyOf(signal ? [signal, terminal.closed] : [terminal.closed], (either) => wait(delay, either));
  }
  throw HikvisionError.of('notVerified', { retryable: true, delivery: 'answered', params: { employeeNo } });
}
