import type { Reply } from '../../server/reply.js';
import type { CaptureResult } from '../enrolment/camera.js';
import type { EnrolmentPicture } from '../enrolment/enrolment-picture.js';
import type { DataType, Model } from '../behaviour/models.js';
import { ISAPI_NAMESPACE, refuse, xmlDocument, xmlReply, xmlText } from '../protocol/replies.js';

/**
 * The answer to a capture POST in the shape of this model.
 * @throws Refusal deviceBusy, or captureTimeout where the model ends an empty window so
 */
export function captureReply(
  result: CaptureResult,
  model: Model,
  asked: { dataType: DataType; infrared: boolean },
  urlOf: (count: number) => string,
): Reply {
  switch (result.outcome) {
    case 'busy':
      throw refuse(2, 'deviceBusy', model.busyMessage);
    case 'nobody':
      if (model.nobody === 'captureTimeout') throw refuse(3, 'captureTimeout', 'captureTimeout');
      return xmlReply(model.replyRoot, { captureProgress: 0, isCurRequestOver: false });
    case 'cancelled':
      return xmlReply(model.replyRoot, { captureProgress: 0, isCurRequestOver: true });
    case 'captured':
      break;
  }
  if (asked.dataType === 'binary') return binaryReply(result.picture, model);
  const url = urlOf(result.picture.count);
  return xmlReply(model.replyRoot, {
    [model.urlElement]: url,
    ...(asked.infrared && model.infrared && { infraredFaceDataUrl: url }),
    captureProgress: 100,
    isCurRequestOver: true,
  });
}

/** What the capture of this model can do. */
export function captureCapabilities(model: Model): Reply {
  const lines = [
    `<captureInfrared opt="${model.infrared ? 'true,false' : 'false'}"></captureInfrared>`,
    `<dataType opt="${model.dataTypes.join(',')}"></dataType>`,
    ...(model.knowsCancel ? ['<cancelFlag opt="true,false"></cancelFlag>'] : []),
    '<captureProgress min="0" max="100"></captureProgress>',
  ];
  const { capabilitiesRoot: name } = model;
  const root = `<${name} version="2.0" xmlns="${ISAPI_NAMESPACE}">\n${lines.join('\n')}\n</${name}>`;
  return { status: 200, contentType: 'application/xml', body: Buffer.from(xmlText(root)) };
}

const BOUNDARY = 'MIME_boundary';

function binaryReply({ jpeg }: EnrolmentPicture, { binary, replyRoot }: Model): Reply {
  if (binary.envelope === 'bare') return { status: 200, contentType: 'image/jpeg', body: jpeg };
  // Inside an XML reply the lengths are those that were announced before the picture was compressed: wrong.
  const lengthError = binary.envelope === 'inside' ? 17 : 0;
  const progress = { captureProgress: 100, isCurRequestOver: true };
  const text =
    binary.progressPart === 'json' ? JSON.stringify({ [replyRoot]: progress }) : xmlDocument(replyRoot, progress);
  const part = (disposition: string | undefined, type: string, content: Buffer): Buffer => {
    const headers = [
      `--${BOUNDARY}`,
      ...(disposition === undefined ? [] : [`Content-Disposition: form-data; ${disposition}`]),
      `Content-Type: ${type}`,
      `Content-Length: ${content.length + lengthError}`,
    ];
    return Buffer.concat([Buffer.from(`${headers.join('\r\n')}\r\n\r\n`), content, Buffer.from('\r\n')]);
  };
  const progressName = binary.progressDisposition ? `name="${replyRoot}"` : undefined;
  const body = Buffer.concat([
    part(progressName, `application/${binary.progressPart}`, Buffer.from(text)),
    part(binary.picturePart === 'name' ? 'name="FaceData"' : 'filename="FaceData.jpg"', 'image/jpeg', jpeg),
    Buffer.from(`--${BOUNDARY}--\r\n`),
  ]);
  const contentType = `multipart/form-data; boundary=${BOUNDARY}`;
  if (binary.envelope === 'outside') return { status: 200, contentType, body };
  const headers = `Content-Type: ${contentType}\r\nContent-Length: ${body.length + lengthError}\r\n\r\n`;
  return { status: 200, contentType: 'application/xml', body: Buffer.concat([Buffer.from(headers), body]) };
}
