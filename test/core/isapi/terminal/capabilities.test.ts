import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { captureCapabilities, type CaptureCapabilities } from '../../../../core/isapi/terminal/capabilities.js';
import { Terminal } from '../../../../core/isapi/terminal/terminal.js';
import { terminalSettings } from '../../../../core/isapi/terminal/terminal-settings.js';
import { failureOf } from '../../../harness/failure-of.js';
import { RawServer, reply } from '../../../harness/http/raw-server.js';

const NONE: CaptureCapabilities = { url: false, binary: false, infrared: false, cancel: false };
const KNOWN = xml('<dataType opt="url,binary"/>');

function xml(elements: string): string {
  return reply(200, `<?xml version="1.0"?><CaptureFaceData>${elements}</CaptureFaceData>`).toString();
}

function json(content: unknown): string {
  return reply(200, JSON.stringify({ CaptureFaceData: content })).toString();
}

function refusal(httpStatus: number, statusCode: number, subStatusCode: string): string {
  return reply(httpStatus, JSON.stringify({ statusCode, subStatusCode })).toString();
}

describe('what a terminal says that it can do in a capture', () => {
  let server: RawServer;
  let terminal: Terminal;

  /** Answers one after another, the last one for ever; '' is left unanswered. */
  async function start(...answers: string[]): Promise<void> {
    server = await RawServer.start(({ socket }) => {
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (answer) socket.write(answer);
    });
    const given = { name: 'Lobby', protocol: 'http', host: '127.0.0.1', port: server.port, retries: 0 };
    terminal = new Terminal(terminalSettings(given));
  }

  afterEach(async () => {
    await terminal.close();
    await server.stop();
  });

  for (const [form, answer] of [
    ['an attribute', xml('<dataType opt="url,binary"/>')],
    ['an attribute with blanks and capitals', xml('<dataType opt=" URL , Binary "/>')],
    ['a text in JSON', json({ dataType: { '@opt': 'url,binary' } })],
    ['a text in JSON without the mark of an attribute', json({ dataType: { opt: 'url, binary' } })],
    ['a list in JSON', json({ dataType: { '@opt': ['url', 'binary'] } })],
    ['a list in JSON with what is no word in it', json({ dataType: { '@opt': [1, null, { a: 1 }, 'url', 'binary'] } })],
  ] as const) {
    it(`is read from ${form}`, async () => {
      await start(answer);
      assert.deepEqual(await captureCapabilities(terminal), { ...NONE, url: true, binary: true });
    });
  }

  for (const [what, answer] of [
    ['names nothing', xml('<other/>')],
    ['gives bare words in place of what is allowed', xml('<dataType>url</dataType><captureInfrared/>')],
    [
      'gives something else in place of what is allowed',
      json({ dataType: { '@opt': { a: 'url' } }, captureInfrared: [] }),
    ],
  ] as const) {
    it(`is nothing where the document ${what}`, async () => {
      await start(answer);
      assert.deepEqual(await captureCapabilities(terminal), NONE);
    });
  }

  it('is all that its document names, wherever it stands', async () => {
    await start(
      xml('<a><dataType opt="binary"/><captureInfrared opt="true,false"/><b><cancelFlag opt="true"/></b></a>'),
    );
    assert.deepEqual(await captureCapabilities(terminal), { ...NONE, binary: true, infrared: true, cancel: true });
  });

  for (const [what, answer] of [
    ['does not know the call', refusal(404, 4, 'notSupport')],
    ['calls the call an invalid operation with 404', refusal(404, 4, 'invalidOperation')],
    ['calls the call an invalid operation with 403', refusal(403, 4, 'InvalidOperation')],
    ['answers without a document', reply(200, '').toString()],
  ] as const) {
    it(`has to be tried where the terminal ${what}, and is not asked again`, async () => {
      await start(answer);
      assert.equal(await captureCapabilities(terminal), undefined);
      assert.equal(await captureCapabilities(terminal), undefined);
      assert.equal(server.requests.length, 1);
    });
  }

  for (const [httpStatus, statusCode, subStatusCode] of [
    [403, 4, 'lowPrivilege'],
    [404, 3, 'deviceError'],
    [400, 4, 'invalidOperation'],
    [503, 2, 'deviceBusy'],
  ] as const) {
    it(`is not taken for unknown after ${subStatusCode} with ${httpStatus}: that is thrown, and it is asked again`, async () => {
      await start(refusal(httpStatus, statusCode, subStatusCode), KNOWN);
      const { code, cause } = await failureOf(captureCapabilities(terminal));
      assert.deepEqual([code, cause.operation, cause.terminal], [subStatusCode, 'read capture capabilities', 'Lobby']);
      assert.equal((await captureCapabilities(terminal))?.url, true);
    });
  }

  it('can be given up asking for, which says nothing about the terminal', async () => {
    await start('', KNOWN);
    const giveUp = new AbortController();
    const asking = captureCapabilities(terminal, giveUp.signal);
    while (server.requests.length === 0) await new Promise(setImmediate);
    const reason = new Error('given up');
    giveUp.abort(reason);
    await assert.rejects(asking, reason);
    assert.equal((await captureCapabilities(terminal))?.url, true);
  });

  it('is asked once, and known from then on', async () => {
    await start(KNOWN);
    await captureCapabilities(terminal);
    await captureCapabilities(terminal);
    assert.equal(server.requests.length, 1);
  });
});
