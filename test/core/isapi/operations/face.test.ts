import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { HikvisionError } from '../../../../core/errors/hikvision-error.js';
import { captureFace } from '../../../../core/isapi/operations/capture/capture.js';
import { downloadPicture } from '../../../../core/isapi/operations/picture.js';
import { createPerson } from '../../../../core/isapi/operations/person/person.js';
import { bindFace } from '../../../../core/isapi/operations/face.js';
import type { Terminal } from '../../../../core/isapi/terminal/terminal.js';
import { facePicture, type Fault } from '../../../../simulator/simulated-terminal.js';
import { inNoTime, withClock } from '../../../harness/clock.js';
import { personOf, withLab, type Lab } from '../../../harness/proof/lab.js';
import { withScript } from '../../../harness/proof/scripted-terminal.js';
import { failureOf } from '../../../harness/failure-of.js';
import { inEnglish } from '../../../harness/in-english.js';

const LIBRARY = { employeeNo: '1', faceLibType: 'blackFD', FDID: '1', verify: false, recheck: true };
const TAKES_PICTURES = { simulator: { model: 'DS-K1T342MFWX-E1' } } as const;

/** A capture as a flow may send it on. */
interface Sent {
  id: string;
  faceURL: string;
}

async function withAnna(work: (lab: Lab, anna: Awaited<ReturnType<Lab['captureOf']>>) => Promise<void>): Promise<void> {
  await withLab({}, async (lab) => {
    await lab.create('1');
    await work(lab, await lab.captureOf('Anna', { download: true }));
  });
}

async function captureByURL(terminal: Terminal): Promise<void> {
  const outcome = await captureFace(terminal, {
    ...{ dataType: 'url', infrared: false, deadlineMs: 5000, intervalMs: 1, download: false, holdMs: 0, owner: {} },
    signal: new AbortController().signal,
  });
  assert.ok(outcome.captured);
}

describe('fdsetup-bind', () => {
  it('binds a capture by its URL', () =>
    withAnna(async (lab, { id, faceURL }) => {
      const capture = { id, faceURL };
      assert.deepEqual(await lab.bind('1', capture), {
        ...{ employeeNo: '1', FDID: '1', faceLibType: 'blackFD', verified: false, terminal: 'Lobby' },
      });
      assert.deepEqual(lab.bound, ['1=Anna']);
      assert.equal(lab.requests('picture'), 1);
    }));

  it('binds the URL of the newest capture, also as a path alone', () =>
    withAnna(async (lab, { faceURL = '' }) => {
      await lab.bind('1', faceURL);
      await lab.bind('1', new URL(faceURL).pathname).catch((error: unknown) => {
        // A terminal may insist on a whole URL; it is asked all the same.
        assert.equal((error as HikvisionError).code, 'urlDownloadFail');
      });
      assert.equal(lab.bound[0], '1=Anna');
    }));

  it('binds a JPEG, and a picture that travelled as JSON, where the terminal takes pictures', () =>
    withLab(TAKES_PICTURES, async (lab) => {
      await lab.create('1');
      await lab.bind('1', facePicture('Anna'));
      const capture = await lab.captureOf('Boris', { dataType: 'binary' });
      await lab.bind('1', JSON.parse(JSON.stringify(capture)));
      assert.deepEqual(lab.bound, ['1=Anna', '1=Boris']);
    }));

  for (const [words, change] of [
    ['its capture', (capture: Sent): unknown => capture],
    ['a capture without its id', (capture: Sent): unknown => ({ ...capture, id: undefined })],
    [
      'a capture with the id of another start of Node-RED',
      (capture: Sent): unknown => ({ ...capture, id: '00000000-1' }),
    ],
    ['its URL', (capture: Sent) => capture.faceURL],
    ['the path of its URL', (capture: Sent) => new URL(capture.faceURL).pathname],
    ['the file name without a counter', () => '/LOCALS/pic/web_face_enrollpic.jpg'],
  ] as const) {
    it(`refuses an older face, given by ${words}, before anything is sent`, () =>
      withAnna(async (lab, { id, faceURL }) => {
        await lab.captureOf('Boris');
        await assert.rejects(lab.bind('1', change({ id, faceURL: faceURL ?? '' })), { code: 'FACE_SUPERSEDED' });
        assert.equal(lab.requests('face'), 0);
      }));
  }

  it('refuses the URL of an older capture whatever the terminal names its picture', () => {
    let count = 0;
    return withScript(
      ({ path }) => {
        if (!path.includes('Capture')) return { body: '{"statusCode":1,"subStatusCode":"ok"}' };
        count += 1;
        const url = `http://terminal/LOCALS/snapshot.jpg@WEB${count}`;
        return {
          body: `<CaptureFaceData><faceDataUrl>${url}</faceDataUrl><captureProgress>100</captureProgress></CaptureFaceData>`,
        };
      },
      async (terminal, requests) => {
        await captureByURL(terminal);
        await captureByURL(terminal);
        const { host } = terminal.settings;
        const { length } = requests;
        for (const older of [
          `http://${host}/LOCALS/snapshot.jpg@WEB1`,
          '/LOCALS/snapshot.jpg@WEB1',
          '/LOCALS/snapshot.jpg',
        ]) {
          await assert.rejects(bindFace(terminal, { ...LIBRARY, face: older }), { code: 'FACE_SUPERSEDED' }, older);
        }
        assert.equal(requests.length, length);
      },
    );
  });

  it('refuses the URL of an older capture also when it is percent-encoded', () =>
    withAnna(async (lab) => {
      await lab.captureOf('Boris');
      const encoded = '/LOCALS/pic/web_face_%65nrollpic.jpg@WEB000000000001';
      await assert.rejects(lab.bind('1', encoded), { code: 'FACE_SUPERSEDED' });
    }));

  it('refuses a face as soon as the next capture has started, whether or not it succeeds', () =>
    inNoTime(() =>
      withAnna(async (lab, anna) => {
        assert.equal((await lab.capture({ deadlineMs: 50 })).captured, false);
        await assert.rejects(lab.bind('1', anna), { code: 'FACE_SUPERSEDED' });
        assert.equal(lab.requests('face'), 0);
      }),
    ));

  it('refuses the id of one capture with the URL of another', () =>
    withAnna(async (lab, anna) => {
      const boris = await lab.captureOf('Boris');
      await assert.rejects(lab.bind('1', { ...boris, faceURL: anna.faceURL }), { code: 'INVALID_INPUT' });
    }));

  describe('where somebody else captures on the terminal', () => {
    it('compares the picture just before binding and refuses another', () =>
      withAnna(async (lab, anna) => {
        lab.simulator.foreignCapture('Stranger');
        await assert.rejects(lab.bind('1', anna), { code: 'FACE_SUPERSEDED', delivery: 'unsent' });
        assert.equal(lab.requests('face'), 0);
      }));

    it('binds when the picture is still the same', () =>
      withAnna(async (lab, anna) => {
        await lab.bind('1', anna);
        assert.equal(lab.requests('picture'), 2);
        assert.deepEqual(lab.bound, ['1=Anna']);
      }));

    it('does not compare when recheck is off', () =>
      withAnna(async (lab, anna) => {
        await lab.bind('1', anna, { recheck: false });
        assert.equal(lab.requests('picture'), 1);
      }));
  });

  describe('reading back', () => {
    it('waits while the terminal models the face', () =>
      inNoTime(() =>
        withLab({ simulator: { behaviour: { modelling: 20 } } }, async (lab) => {
          await lab.create('1');
          const anna = await lab.captureOf('Anna');
          assert.equal((await lab.bind('1', anna, { verify: true })).verified, true);
          assert.ok(lab.requests('search') >= 2);
        }),
      ));

    for (const [words, fault] of [
      ['nothing was bound', { kind: 'garbage', at: 'face' }],
      ['nothing was bound and the reply was a page', { kind: 'html', at: 'face' }],
    ] as [string, Fault][]) {
      it(`gives NOT_VERIFIED when ${words}, also with verify off`, () =>
        withClock((clock) =>
          withAnna(async (lab, anna) => {
            lab.simulator.fault(fault);
            const { code, cause, delivery, params } = await clock.until(failureOf(lab.bind('1', anna)));
            assert.deepEqual([code, cause.retryable], ['NOT_VERIFIED', true]);
            assert.deepEqual([delivery, params], ['answered', { employeeNo: '1' }]);
            assert.equal(lab.requests('search'), 7);
            assert.equal(lab.faceOf('1'), undefined);
          }),
        ));
    }

    for (const [words, giveUp] of [
      ['it is given up', (_: Lab, stop: AbortController): unknown => stop.abort(HikvisionError.of('cancelled'))],
      ['the terminal is closed', ({ terminal }: Lab): unknown => terminal.close()],
    ] as const) {
      it(`ends at once, whatever it waits for, where ${words}`, () =>
        withClock((clock) =>
          withAnna(async (lab, anna) => {
            lab.simulator.fault({ kind: 'garbage', at: 'face' });
            const stop = new AbortController();
            let code: string | undefined;
            const options = giveUp.length > 1 ? { signal: stop.signal } : {};
            void failureOf(lab.bind('1', anna, options)).then((failure) => ({ code } = failure));
            await clock.rest();
            assert.deepEqual([lab.requests('search'), code], [1, undefined]);
            void giveUp(lab, stop);
            await clock.rest();
            assert.equal(code, 'CANCELLED');
          }),
        ));
    }

    it('takes a 200 without a status document for accepted, and reads back', () =>
      withAnna(async (lab, anna) => {
        lab.simulator.fault({ kind: 'empty', at: 'face' });
        assert.equal((await lab.bind('1', anna)).verified, true);
        assert.deepEqual(lab.bound, ['1=Anna']);
      }));
  });

  it('repeats a bind whose reply was lost', () =>
    inNoTime(() =>
      withLab({ terminal: { retries: 1 } }, async (lab) => {
        await lab.create('1');
        const anna = await lab.captureOf('Anna');
        lab.simulator.fault({ kind: 'lost', at: 'face' });
        await lab.bind('1', anna);
        assert.deepEqual(lab.bound, ['1=Anna', '1=Anna']);
      }),
    ));

  for (const [words, face, code, text] of [
    ['nothing', undefined, 'INVALID_INPUT', /face/],
    ['a number', 5, 'INVALID_INPUT', /face/],
    ['an empty text', ' ', 'INVALID_INPUT', /face/],
    ['a capture of output 2', { id: 'x' }, 'INVALID_INPUT', /has no face/],
    ['a picture that is no JPEG', Buffer.from('GIF89a'), 'INVALID_INPUT', /JPEG/],
    ['a JPEG with a byte behind it', Buffer.concat([facePicture('Anna'), Buffer.from([0])]), 'INVALID_INPUT', /JPEG/],
    ['a URL with a line break', 'http://127.0.0.1/x\r\ny', 'INVALID_INPUT', /face/],
    ['a URL elsewhere', 'http://192.168.77.1/LOCALS/pic/x.jpg', 'FOREIGN_FACE_URL', /192\.168\.77\.1/],
    ['a URL on another port', 'http://127.0.0.1:1/LOCALS/pic/x.jpg', 'FOREIGN_FACE_URL', /127\.0\.0\.1:1/],
    [
      'a capture of another terminal',
      { id: 'x', terminal: 'Gate', faceURL: 'http://192.168.77.1/x.jpg' },
      'FOREIGN_FACE_URL',
      /192\.168\.77\.1/,
    ],
    ['a capture elsewhere', { id: 'x', faceURL: 'http://192.168.77.1/x.jpg' }, 'FOREIGN_FACE_URL', /192\.168\.77\.1/],
  ] as [string, unknown, string, RegExp][]) {
    it(`refuses ${words} before anything is sent`, () =>
      withLab({}, async (lab) => {
        const failure = await failureOf(lab.bind('1', face));
        assert.equal(failure.code, code);
        assert.match(inEnglish(failure).message, text);
        assert.equal(lab.simulator.counters.records.length, 0);
      }));
  }

  it('refuses a JPEG over 200 KB before anything is sent', () =>
    withLab({}, async (lab) => {
      const small = facePicture('Anna');
      const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0xff, 0xff]), Buffer.alloc(0xfffd)]);
      const large = Buffer.concat([small.subarray(0, 2), comment, comment, comment, comment, small.subarray(2)]);
      const failure = await failureOf(lab.bind('1', large));
      assert.deepEqual([failure.reason, failure.params['limit']], ['input.pictureLarge', 200]);
      assert.equal(lab.simulator.counters.records.length, 0);
    }));

  it('binds a face of another terminal as the picture it carries', () =>
    withLab({}, (first) =>
      withLab(TAKES_PICTURES, async (second) => {
        const anna = await first.captureOf('Anna', { download: true });
        await second.create('1');
        await second.bind('1', anna);
        assert.deepEqual(second.bound, ['1=Anna']);
        await first.captureOf('Boris');
        await assert.rejects(second.bind('1', { ...anna, image: undefined }), { code: 'FOREIGN_FACE_URL' });
      }),
    ));

  describe('on a terminal without FDSetUp', () => {
    const NO_SET_UP = { simulator: { model: 'DS-K1T672MX' } } as const;

    it('adds a picture by FaceDataRecord, and asks for FDSetUp once only', () =>
      withLab(NO_SET_UP, async (lab) => {
        await lab.create('1');
        await lab.bind('1', await lab.captureOf('Anna', { dataType: 'binary' }));
        await lab.bind('1', facePicture('Boris'));
        assert.deepEqual(lab.bound, ['1=Anna', '1=Boris']);
        assert.equal(lab.faceOf('1'), 'Boris');
        const asked = lab.simulator.counters.records.filter(({ path }) => path.endsWith('/FDSetUp'));
        assert.equal(asked.length, 1);
      }));

    it('deletes the old face of that person first, and nobody else’s', () =>
      withLab(NO_SET_UP, async (lab) => {
        await lab.create('1');
        await lab.create('2');
        await lab.bind('1', facePicture('Anna'));
        await lab.bind('2', facePicture('Clara'));
        await lab.bind('1', facePicture('Boris'));
        const deleted = lab.events.filter(({ event }) => event === 'face deleted');
        assert.deepEqual(
          deleted.map((event) => 'employeeNo' in event && event.employeeNo),
          ['1'],
        );
        assert.deepEqual([lab.faceOf('1'), lab.faceOf('2')], ['Boris', 'Clara']);
      }));

    it('says that nothing was read back where there is no search for persons', () =>
      withLab(NO_SET_UP, async (lab) => {
        await lab.create('1');
        assert.equal((await lab.bind('1', facePicture('Anna'), { verify: true })).verified, false);
      }));

    it('names the way that works where it is given a URL', () =>
      withLab(NO_SET_UP, async (lab) => {
        await lab.create('1');
        const failure = await failureOf(lab.bind('1', '/LOCALS/pic/other.jpg'));
        assert.equal(failure.advice, 'bindPicture');
      }));

    for (const status of [404, 405]) {
      it(`goes over to FaceDataRecord after ${status} without a document`, () =>
        withScript(
          ({ path }) => (path.includes('FDSetUp') ? { status, body: '' } : { body: '{"statusCode":1}' }),
          async (terminal, requests) => {
            await bindFace(terminal, { ...LIBRARY, face: facePicture('Anna') });
            assert.deepEqual(requests, [
              'PUT /ISAPI/Intelligent/FDLib/FDSetUp?format=json',
              'PUT /ISAPI/Intelligent/FDLib/FDSearch/Delete?format=json&FDID=1&faceLibType=blackFD',
              'POST /ISAPI/Intelligent/FDLib/FaceDataRecord?format=json',
            ]);
          },
        ));
    }

    it('deletes no face where FDSetUp is there and refuses the picture', () =>
      withScript(
        () => ({ status: 400, body: '{"statusCode":6,"subStatusCode":"badJsonContent"}' }),
        async (terminal, requests) => {
          const failure = await failureOf(bindFace(terminal, { ...LIBRARY, face: facePicture('Anna') }));
          assert.equal(failure.reason, 'picturesNotTaken');
          assert.equal(requests.length, 1);
        },
      ));
  });

  it('says that the capture may be gone where its picture is', () =>
    withScript(
      () => ({ status: 404, body: '' }),
      async (terminal) => {
        const failure = await failureOf(downloadPicture(terminal, '/LOCALS/pic/x.jpg'));
        assert.match(inEnglish(failure).hint, /no longer on the terminal/);
      },
    ));

  for (const code of ['noPermission', 'lowPrivilege']) {
    it(`names the right that is missing after ${code}`, () =>
      withScript(
        () => ({ status: 403, body: `{"statusCode":4,"subStatusCode":"${code}"}` }),
        async (terminal) => {
          const bind = await failureOf(bindFace(terminal, { ...LIBRARY, face: facePicture('Anna') }));
          assert.match(inEnglish(bind).hint, /right to change the face library/);
          const create = await failureOf(createPerson(terminal, personOf('1'), 'error'));
          assert.match(inEnglish(create).hint, /right to change persons/);
          const capture = await failureOf(captureByURL(terminal));
          assert.match(inEnglish(capture).hint, /right to capture faces/);
        },
      ));
  }
});
