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

  it('the progress and the URL at any depth', () => {
    const inner = `"status":{"list":[{"captureProgress":"100"},{"FaceInfo":{"faceDataUrl":"${URL}"}}]}`;
    assert.deepEqual(read(`{"CaptureFaceData":{${inner}}}`), { progress: 100, faceURL: URL });
    const xml = `<a><b><captureProgress>100</captureProgress><c><faceURL>${URL}</faceURL></c></b></a>`;
    assert.deepEqual(read(`<CaptureFaceData>${xml}</CaptureFaceData>`), { progress: 100, faceURL: URL });
  });

  for (const nothing of ['""', 'null', '"soon"']) {
    it(`the progress ${nothing} for none yet`, () => {
      assert.deepEqual(read(`{"CaptureFaceData":{"captureProgress":${nothing}}}`), { progress: 0 });
    });
  }

  it('the progress of an empty element for none yet, picture or not', () => {
    const document = '<CaptureFaceData><captureProgress/></CaptureFaceData>';
    assert.deepEqual(read(document), { progress: 0 });
    assert.equal(read(multipart(document)).progress, 0);
  });

  describe('with an infrared picture and a visible one', () => {
    const infrared = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 9, 9, 0xff, 0xda, 0, 2, 0x3e, 0xff, 0xd9]);
    const part = (name: string, image: Buffer): Buffer =>
      Buffer.concat([
        Buffer.from(`\r\n--x\r\nContent-Disposition: form-data; name="${name}"; filename="${name}.jpg"\r\n`),
        Buffer.from('Content-Type: image/jpeg\r\n\r\n'),
        image,
      ]);
    const head = '--x\r\n\r\n<CaptureFaceData><captureProgress>100</captureProgress></CaptureFaceData>';
    const end = Buffer.from('\r\n--x--\r\n');

    for (const [words, parts] of [
      ['behind', [part('InfraredFaceData', infrared), part('FaceData', JPEG)]],
      ['before', [part('FaceData', JPEG), part('InfraredFaceData', infrared)]],
    ] as const) {
      it(`takes the part named FaceData, ${words} the other`, () => {
        const reply = read(Buffer.concat([Buffer.from(head), ...parts, end]));
        assert.deepEqual(reply, { progress: 100, image: JPEG });
      });
    }

    it('takes no infrared picture for an empty part named FaceData', () => {
      const parts = [part('FaceData', Buffer.alloc(2000)), part('InfraredFaceData', infrared)];
      assert.deepEqual(read(Buffer.concat([Buffer.from(head), ...parts, end])), { progress: 100 });
    });
  });

  it('a bare JPEG', () => assert.deepEqual(read(JPEG), { image: JPEG }));

  it('nothing at all', () => assert.deepEqual(read(''), {}));
});
