import assert from 'node:assert/strict';

import { readCaptureReply, type CaptureReply } from '../../../../core/isapi/protocol/capture-reply.js';
import { readReply } from '../../../../core/isapi/protocol/reply.js';

const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xda, 0, 2, 0x12, 0xff, 0xd9]);
const URL = 'https://192.0.2.7/LOCALS/pic/web_face_enrollpic.jpg@WEB000000000012';

/** A binary reply as terminals write it: MIME headers and boundary inside the body, lengths that may be wrong. */
export function multipart(document: string, type = 'application/xml', image = JPEG): Buffer {
  return Buffer.concat([
    Buffer.from(`--MIME_boundary\r\nContent-Type: ${type}\r\nContent-Length: 9\r\n\r\n${document}\r\n`),
    Buffer.from(
      '--MIME_boundary\r\nContent-Disposition: form-data; filename="FacePic.jpg"\r\nContent-Type: image/jpeg\r\n\r\n',
    ),
    image,
    Buffer.from('\r\n--MIME_boundary--\r\n'),
  ]);
}

describe('capture reply', () => {
  const read = (body: string | Buffer): CaptureReply =>
    readCaptureReply(readReply({ status: 200, headers: {}, challenges: [], body: Buffer.from(body as string) }));

  for (const root of ['CaptureFaceData', 'CaptureFaceDataResponse']) {
    for (const element of ['faceDataUrl', 'faceURL', 'faceDataURL']) {
      it(`${root} with ${element}`, () => {
        const inner = `<captureProgress>100</captureProgress><${element}> ${URL} </${element}>`;
        assert.deepEqual(read(`<${root} version="2.0">${inner}</${root}>`), { progress: 100, faceURL: URL });
      });
    }
  }

  it('JSON', () => {
    assert.deepEqual(read(`{"CaptureFaceData":{"captureProgress":100,"faceDataUrl":"${URL}"}}`), {
      progress: 100,
      faceURL: URL,
    });
  });

  it('progress without a picture', () => {
    assert.deepEqual(read('<CaptureFaceData><captureProgress>0</captureProgress><faceDataUrl/></CaptureFaceData>'), {
      progress: 0,
    });
  });

  it('multipart with an XML part and wrong inner lengths', () => {
    const { progress, image } = read(
      multipart('<?xml version="1.0"?><CaptureFaceData><captureProgress>100</captureProgress></CaptureFaceData>'),
    );
    assert.equal(progress, 100);
    assert.deepEqual(image, JPEG);
  });

  it('multipart with a JSON part', () => {
    const { progress, image } = read(multipart('{"captureProgress": 100}', 'application/json'));
    assert.equal(progress, 100);
    assert.deepEqual(image, JPEG);
  });

  it('XML with a closing boundary behind it and no picture yet', () => {
    const document = '<CaptureFaceData><captureProgress>30</captureProgress></CaptureFaceData>';
    assert.deepEqual(read(`${document}\r\n--MIME_boundary--\r\n`), { progress: 30 });
  });

  it('a bare JPEG', () => assert.deepEqual(read(JPEG), { image: JPEG }));

  it('nothing at all', () => assert.deepEqual(read(''), {}));
});
