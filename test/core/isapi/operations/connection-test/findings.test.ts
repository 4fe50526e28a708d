import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { HikvisionError } from '../../../../../core/errors/hikvision-error.js';
import type { Answer, Answers } from '../../../../../core/isapi/operations/connection-test/answers.js';
import {
  findingsIn,
  type TerminalFinding,
  type TerminalFindingId,
} from '../../../../../core/isapi/operations/connection-test/findings.js';
import { readDocument } from '../../../../../core/isapi/protocol/document.js';
import type { TerminalSettings } from '../../../../../core/isapi/terminal/terminal.js';

const NOW = Date.parse('2026-07-01T12:00:00Z');
const HTTPS: TerminalSettings = {
  ...{ name: 'Lobby', protocol: 'https', host: 'door.example', port: 443, certificate: { mode: 'verify' } },
  ...{ timeoutMs: 1000, retries: 0, queueLimit: 1 },
};
const CERTIFICATE = {
  ...{ fingerprint: 'AA', subject: 'door', issuer: 'door' },
  ...{ validFrom: '2020-01-01T00:00:00.000Z', validTo: '2126-01-01T00:00:00.000Z' },
};

function reply(body: string): Answer {
  const bytes = Buffer.from(body);
  return { httpStatus: 200, headers: {}, body: bytes, document: readDocument(bytes), rebootRequired: false };
}

const device = (model: string, more = ''): Answer => reply(`<DeviceInfo><model>${model}</model>${more}</DeviceInfo>`);
const access = (more: string): Answer =>
  reply(`<AccessControl><isSupportDoor>true</isSupportDoor>${more}</AccessControl>`);
const userCheck = (more: string): Answer => reply(`<userCheck><statusValue>200</statusValue>${more}</userCheck>`);
const says = (flag: string, value: boolean): Partial<Answers> => ({ access: access(`<${flag}>${value}</${flag}>`) });

const WELL: Answers = {
  deviceInfo: device('DS-K1T343EFWX', '<firmwareVersion>V4</firmwareVersion><serialNumber>S1</serialNumber>'),
  time: reply('<Time><localTime>2026-07-01T12:00:00Z</localTime></Time>'),
  timeSaidAt: NOW,
  userCheck: userCheck(''),
  access: access(''),
  capture: { url: true, binary: false, infrared: false, cancel: true },
  certificate: CERTIFICATE,
  ...{ otherProtocol: undefined, final: undefined, askedForLogin: true, replies: [] },
};

const refused = (code = 'lowPrivilege', httpStatus = 403): HikvisionError =>
  HikvisionError.of('refused', {
    code,
    params: { code, detail: '' },
    subStatusCode: code,
    httpStatus,
    delivery: 'answered',
  });
const NO_ANSWER = HikvisionError.of('noAnswer', { params: { address: 'door.example', seconds: 1 } });
const NOT_HTTP = HikvisionError.of('notHttp', { params: { address: 'door.example', reason: 'x' } });
const TOO_LARGE = HikvisionError.of('tooLarge', { params: { limit: 1 } });
const UNTRUSTED = HikvisionError.of('certificateUntrusted', {
  ...{ params: { fingerprint: 'AA', reason: 'SELF_SIGNED' }, delivery: 'unsent' },
});
const NO_TLS = HikvisionError.of('tlsSettings', { params: { reason: 'key' }, delivery: 'unsent' });
const FULL = HikvisionError.of('queueFull', { params: { limit: 1 }, delivery: 'unsent' });
const REJECTED = HikvisionError.of('rejected', { delivery: 'answered' });
const TRIES = (tries: number): HikvisionError =>
  HikvisionError.of('rejectedTries', { params: { tries }, delivery: 'answered' });
const REMEMBERED = HikvisionError.of('lastTry', { delivery: 'unsent' });
const LOCKED = HikvisionError.of('locked', { params: { minutes: 10, seconds: 600 }, delivery: 'answered' });
const LOCKED_LONG = HikvisionError.of('lockedForLong', { delivery: 'answered' });
const BASIC = HikvisionError.of('basicOnly', { delivery: 'answered' });
const NO_CHALLENGE = HikvisionError.of('noChallenge', { delivery: 'answered' });

type Case = [words: string, answers: Partial<Answers>, settings: Partial<TerminalSettings>, finding: object];

function found(id: TerminalFindingId, answers: Partial<Answers>, settings: Partial<TerminalSettings> = {}): object {
  const findings: TerminalFinding[] = findingsIn({ ...WELL, ...answers }, { ...HTTPS, ...settings });
  return findings.find((each) => each.id === id) ?? assert.fail(id);
}

const failed = (failure: HikvisionError): Partial<Answers> => ({ deviceInfo: failure, final: failure });
const pin = (fingerprint?: string): Partial<TerminalSettings> => ({
  certificate: fingerprint === undefined ? { mode: 'pin' } : { mode: 'pin', fingerprint },
});
const terminal = (model: string, firmware: string, serial: string): object => ({ params: { model, firmware, serial } });

const CASES: Record<TerminalFindingId, Case[]> = {
  address: [
    ['a terminal answers', {}, {}, { state: 'passed' }],
    ['what answers is no terminal', { deviceInfo: reply('ok') }, {}, { state: 'warned', advice: true }],
    ['nobody answers', failed(NO_ANSWER), {}, { state: 'failed', advice: true, failure: NO_ANSWER }],
    ['a login is remembered, and nobody was asked', failed(REMEMBERED), {}, { state: 'unknown' }],
    ['the login is rejected', failed(REJECTED), {}, { state: 'passed' }],
    ['another device answers', failed(NOT_HTTP), {}, { state: 'warned', advice: true, failure: NOT_HTTP }],
    ['too much is answered', failed(TOO_LARGE), {}, { state: 'warned', advice: true, failure: TOO_LARGE }],
    ['the certificate is not trusted', failed(UNTRUSTED), {}, { state: 'passed', text: 'reached' }],
    ['the TLS settings are unusable', failed(NO_TLS), {}, { state: 'unknown' }],
    ['the queue is full', failed(FULL), {}, { state: 'unknown', failure: FULL }],
    [
      'the port speaks http',
      { otherProtocol: 'http' },
      {},
      { state: 'failed', text: 'speaksHttp', advice: 'adviceSpeaksHttp' },
    ],
    [
      'the port speaks https',
      { otherProtocol: 'https' },
      {},
      { state: 'failed', text: 'speaksHttps', advice: 'adviceSpeaksHttps' },
    ],
  ],
  certificate: [
    ['it is verified', {}, {}, { state: 'passed' }],
    ['it is the pinned one', {}, pin('AA'), { state: 'passed', text: 'pinned' }],
    ['it is not checked', {}, { certificate: { mode: 'none' } }, { state: 'warned', advice: true }],
    ['none was seen', { certificate: undefined }, {}, { state: 'unknown' }],
    ['there is none', {}, { protocol: 'http' }, { state: 'warned', text: 'plain', advice: 'advicePlain' }],
    [
      'it has expired',
      { certificate: { ...CERTIFICATE, validTo: '2021-01-01T00:00:00.000Z' } },
      pin('AA'),
      { state: 'warned', text: 'expired', advice: 'adviceExpired' },
    ],
    ['it is not trusted', failed(UNTRUSTED), {}, { state: 'failed', params: { reason: 'SELF_SIGNED' }, advice: true }],
    ['none is pinned', failed(UNTRUSTED), pin(), { state: 'failed', text: 'unpinned', advice: 'adviceUnpinned' }],
    [
      'another is pinned',
      failed(UNTRUSTED),
      pin('BB'),
      { state: 'failed', text: 'changed', params: { pinned: 'BB' }, advice: 'adviceChanged' },
    ],
    ['the TLS settings are unusable', failed(NO_TLS), {}, { state: 'failed', text: 'unusable', failure: NO_TLS }],
  ],
  login: [
    ['it was asked for and accepted', {}, {}, { state: 'passed' }],
    ['it was not asked for', { askedForLogin: false }, {}, { state: 'warned' }],
    ['it was not asked for before a refusal', { ...failed(refused()), askedForLogin: false }, {}, { state: 'unknown' }],
    ['it was accepted and the question refused', failed(refused()), {}, { state: 'passed' }],
    ['it was rejected', failed(REJECTED), {}, { state: 'failed', advice: true }],
    [
      'it was rejected, and tries are left',
      failed(TRIES(4)),
      {},
      { state: 'failed', text: 'rejected', params: { tries: 4 }, advice: true },
    ],
    ['it is not tried, since it would be the last try', failed(REMEMBERED), {}, { state: 'failed', text: 'lastTry' }],
    ['the account is locked', failed(LOCKED), {}, { state: 'unknown' }],
    ['only Basic is offered', failed(BASIC), {}, { state: 'failed', failure: BASIC }],
    ['no challenge is given', failed(NO_CHALLENGE), {}, { state: 'failed', failure: NO_CHALLENGE }],
    ['nobody answers', failed(NO_ANSWER), {}, { state: 'unknown' }],
  ],
  lock: [
    ['nothing is said of tries', {}, {}, { state: 'passed' }],
    ['the question is refused', { userCheck: refused() }, {}, { state: 'unknown' }],
    ['the answer is no document', { userCheck: reply('ok') }, {}, { state: 'unknown' }],
    ['it says so', { userCheck: userCheck('<lockStatus>lock</lockStatus>') }, {}, { state: 'failed', advice: true }],
    [
      'two tries are left',
      { userCheck: userCheck('<retryLoginTime>2</retryLoginTime>') },
      {},
      { state: 'warned', params: { tries: 2 }, advice: 'adviceTries' },
    ],
    [
      'three tries are left',
      { userCheck: userCheck('<retryLoginTime>3</retryLoginTime>') },
      {},
      { state: 'passed', text: 'triesLeft', params: { tries: 3 } },
    ],
    ['the login was rejected', failed(REJECTED), {}, { state: 'unknown' }],
    [
      'it is locked for minutes',
      failed(LOCKED),
      {},
      { state: 'failed', text: 'lockedFor', params: { minutes: 10 }, advice: true },
    ],
    ['it is locked for long', failed(LOCKED_LONG), {}, { state: 'failed', advice: true }],
  ],
  device: [
    ['the model is known', {}, {}, { state: 'passed', ...terminal('DS-K1T343EFWX', 'V4', 'S1') }],
    [
      'the model is known with more behind it, and nothing else',
      { deviceInfo: device('DS-K1T341AMF-E1') },
      {},
      { state: 'passed', ...terminal('DS-K1T341AMF-E1', '?', '?') },
    ],
    [
      'the model was never tried',
      { deviceInfo: device('DS-K9') },
      {},
      { state: 'warned', ...terminal('DS-K9', '?', '?'), advice: 'adviceUntried' },
    ],
    [
      'it names no model',
      { deviceInfo: reply('<DeviceInfo><a>1</a></DeviceInfo>') },
      {},
      { state: 'failed', advice: true },
    ],
    ['nobody answers', failed(NO_ANSWER), {}, { state: 'unknown' }],
    ['the login was rejected', failed(REJECTED), {}, { state: 'unknown' }],
  ],
  time: [
    ['it is right', {}, {}, { state: 'passed', params: { difference: 0 } }],
    ['it is off', { timeSaidAt: NOW - 60_000 }, {}, { state: 'warned', params: { difference: 60 }, advice: true }],
    ['it cannot be read', { time: reply('<Time><localTime>noon</localTime></Time>') }, {}, { state: 'failed' }],
    ['the login was rejected', { time: REJECTED }, {}, { state: 'unknown' }],
    ['nobody answers', { time: NO_ANSWER }, {}, { state: 'unknown' }],
    ['the answer is lost in a page', { time: NOT_HTTP }, {}, { state: 'unknown' }],
  ],
  capture: [
    ['it is by URL', {}, {}, { state: 'passed', params: { url: true, binary: false, infrared: false } }],
    ['it is not told', { capture: undefined }, {}, { state: 'warned' }],
    ['it is told by no terminal', { capture: undefined, ...failed(NO_ANSWER) }, {}, { state: 'unknown' }],
    [
      'none of its ways is named',
      { capture: { url: false, binary: false, infrared: true, cancel: true } },
      {},
      { state: 'warned' },
    ],
    [
      'the terminal has none',
      { capture: undefined, ...says('isSupportCaptureFace', false) },
      {},
      { state: 'failed', advice: true },
    ],
    [
      'the terminal has it, untold',
      { capture: undefined, ...says('isSupportCaptureFace', true) },
      {},
      { state: 'warned' },
    ],
    ['the login was rejected', { capture: REJECTED }, {}, { state: 'unknown' }],
  ],
  faces: [
    ['the terminal takes them', says('isSupportFDLib', true), {}, { state: 'passed' }],
    ['the terminal takes none', says('isSupportFDLib', false), {}, { state: 'failed', advice: true }],
    ['it is not told', {}, {}, { state: 'unknown' }],
  ],
  persons: [
    ['the terminal takes them', says('isSupportUserInfo', true), {}, { state: 'passed' }],
    ['the terminal takes none', says('isSupportUserInfo', false), {}, { state: 'failed', advice: true }],
    ['the terminal has no such question', { access: refused('notSupport') }, {}, { state: 'unknown' }],
    ['the login was rejected', { access: REJECTED }, {}, { state: 'unknown' }],
    ['nobody answers', { access: NO_ANSWER }, {}, { state: 'unknown' }],
  ],
};

describe('what Test connection says of a terminal', () => {
  for (const [id, cases] of Object.entries(CASES) as [TerminalFindingId, Case[]][]) {
    for (const [words, answers, settings, expected] of cases) {
      it(`of ${id} where ${words}`, () => assert.deepEqual(found(id, answers, settings), { id, ...expected }));
    }
  }

  for (const [id, question] of [
    ['device', 'deviceInfo'],
    ['time', 'time'],
    ['capture', 'capture'],
    ['faces', 'access'],
    ['persons', 'access'],
  ] as const) {
    it(`of ${id} where the terminal refuses the question`, () => {
      const failure = refused();
      const advice = id === 'device' ? { advice: true } : {};
      assert.deepEqual(found(id, { [question]: failure }), { id, state: 'failed', ...advice, failure });
    });
  }
});
