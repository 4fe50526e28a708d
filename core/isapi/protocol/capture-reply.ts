import { number, readDocument, text } from './document.js';
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

/** The names a document part may have in a binary reply's body. */
const DOCUMENT_STARTS = [Buffer.from('<?xml'), Buffer.from('<CaptureFaceData'), Buffer.from('{')];

/**
 * Reads any reply to CaptureFaceData: either root name, either URL element, XML or JSON, alone or as a part of a
 * multipart body, or a bare JPEG. The MIME headers and boundary often stand inside the body below an HTTP
 * Content-Type of application/xml with wrong inner lengths, so parts are found by what they are, not by their headers.
 */
export function readCaptureReply(reply: IsapiReply): CaptureReply {
  const image = extractJpeg(reply.body);
  const document = reply.document ?? documentInside(reply.body, image);
  const content = document?.content ?? {};
  const progress = number(content, 'captureProgress');
  const faceURL = text(content, 'faceDataUrl') ?? text(content, 'faceURL') ?? text(content, 'faceDataURL');
  return {
    ...(progress === undefined ? {} : { progress }),
    ...(faceURL?.trim() ? { faceURL: faceURL.trim() } : {}),
    ...(image ? { image } : {}),
  };
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
