import { child, isTree, number, readDocument, text, type Tree } from './document.js';
import { extractJpeg } from './jpeg.js';
import type { IsapiReply } from './reply.js';

/** How a capture gives its picture: by a URL on the terminal, or within the reply. */
export type DataType = 'url' | 'binary';

export interface CaptureReply {
  /** 0..100; absent where the reply does not say. */
  progress?: number;
  /** As the terminal wrote it. */
  faceURL?: string;
  /** One JPEG, from SOI to EOI. */
  image?: Buffer;
}

const FACE_DATA_PART = Buffer.from('name="FaceData"');
/** The picture of a part begins this close behind its name. */
const PART_HEADER_BYTES = 1024;
/** The names a document part may have in a binary reply's body. */
const DOCUMENT_STARTS = [Buffer.from('<?xml'), Buffer.from('<CaptureFaceData'), Buffer.from('{')];

/**
 * Reads any reply to CaptureFaceData: either root name, either URL element, XML or JSON, alone or as a part of a
 * multipart body, or a bare JPEG. The MIME headers and boundary often stand inside the body below an HTTP
 * Content-Type of application/xml with wrong inner lengths, so parts are found by what they are, not by their headers.
 */
export function readCaptureReply(reply: IsapiReply): CaptureReply {
  const first = extractJpeg(reply.body);
  const image = visiblePicture(reply.body, first);
  const document = reply.document ?? documentInside(reply.body, first);
  let progress: number | undefined;
  let faceURL = '';
  for (const tree of treesIn(document?.content)) {
    // A progress that is empty or no number is none yet.
    if (child(tree, 'captureProgress') !== undefined) progress ??= number(tree, 'captureProgress') ?? 0;
    const urls = ['faceDataUrl', 'faceURL', 'faceDataURL'].map((name) => text(tree, name)?.trim());
    faceURL ||= urls.find(Boolean) ?? '';
  }
  return {
    ...(progress === undefined ? {} : { progress }),
    ...(faceURL ? { faceURL } : {}),
    ...(image ? { image } : {}),
  };
}

/** Where an infrared picture comes too, the visible one is in the part named FaceData. */
function visiblePicture(body: Buffer, first: Buffer | undefined): Buffer | undefined {
  const part = first ? body.indexOf(FACE_DATA_PART) : -1;
  if (part < 0) return first;
  const behind = body.subarray(part);
  const image = extractJpeg(behind);
  return image && image.byteOffset - behind.byteOffset <= PART_HEADER_BYTES ? image : undefined;
}

/** Each tree of a document, from its root on, in lists too. */
function* treesIn(value: unknown): Generator<Tree> {
  const waiting: unknown[] = [value];
  for (const each of waiting) {
    if (isTree(each)) yield each;
    if (typeof each !== 'object' || each === null) continue;
    for (const inner of Object.values(each)) waiting.push(inner);
  }
}

function documentInside(body: Buffer, image: Buffer | undefined): ReturnType<typeof readDocument> {
  // The picture is a part of these very bytes: looking for it again could take as long as it likes.
  const end = image ? image.byteOffset - body.byteOffset : body.length;
  const before = body.subarray(0, end);
  for (const mark of DOCUMENT_STARTS) {
    const start = before.indexOf(mark);
    if (start < 0) continue;
    const last = Math.max(before.lastIndexOf('>'), before.lastIndexOf('}'));
    const document = readDocument(before.subarray(start, last + 1));
    if (document) return document;
  }
  return undefined;
}
