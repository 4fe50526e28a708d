import type { Model } from './model.js';

export type { DataType, Model } from './model.js';

export const FD_SET_UP = '/ISAPI/Intelligent/FDLib/FDSetUp';
export const PERSON_SEARCH = '/ISAPI/AccessControl/UserInfo/Search';
const DETAIL_DELETE = '/ISAPI/AccessControl/UserInfoDetail/Delete';
const DELETE_PROCESS = '/ISAPI/AccessControl/UserInfoDetail/DeleteProcess';

/**
 * What was not seen on hardware and is assumed here, for every model: which terminals know cancelFlag, GET Progress and
 * infrared; that a terminal of which only binary mode was seen has no other, and then takes the picture back in FDSetUp, since it
 * could not enrol what it captured otherwise; the reply root, the URL element, the namespace of status documents and the binary shape of a particular model
 * (each shape was seen, but not on which model); how long the capture mode of DS-K1T673DX outlives a POST; that a window
 * of DS-K1T341CMFW or DS-K1T341AMF in which nobody came ends with progress 0; that DS-K1T342MX-E1 blocks 10 s;
 * that every model has FaceDataRecord and FDSearch/Delete; which model cuts names at how many bytes, writes times with a zone or numbers as text, fills Valid, refuses `-`, `.` and `_` in numbers; which refuses SetUp for an absent person, and that it does not
 * advertise it; the numbers of persons and faces where none is named, how many cards come a page, that DS-K1T341AMF knows none, which model writes pictures anew (nobody knows yet whether any does), counts faces in one number or persons only, wants FaceInfoSearchCond, says `inProgress` or `percent`, or has no UserInfoDetail; firmware "simulated" where none is known.
 */
const ASSUMED = {
  firmware: 'simulated',
  aliveSeconds: 0,
  nobody: 'progress',
  minInterval: 0,
  busyMessage: 'deviceBusy',
  knowsCancel: false,
  knowsProgress: false,
  infrared: false,
  replyRoot: 'CaptureFaceData',
  capabilitiesRoot: 'CaptureFaceData',
  urlElement: 'faceDataUrl',
  absent: {},
  takesPicture: false,
  recodesPictures: false,
  countsFaces: 'by library',
  nestsFaceSearch: false,
  showsFaces: true,
  modelling: 0,
  timesWithZone: false,
  numbersAsText: false,
  fillsValid: false,
  plainNumbers: false,
  setUpCreates: true,
  statusNamespace: 'http://www.isapi.org/ver20/XMLSchema',
  maxPersons: 3000,
  maxFaces: 3000,
  personsAPage: 30,
  cardsAPage: 30,
  maxCards: 5000,
  countsBindings: true,
  deleteBatch: 30,
  deleteProcess: ['processing', 'success'],
  deletionPercent: false,
  timeTypes: ['local', 'UTC'],
  tries: 5,
} as const satisfies Partial<Model>;

/** Seen on some firmware: 400. */
const NO_DETAIL = { [DETAIL_DELETE]: 400, [DELETE_PROCESS]: 400 } as const;

/** DS-K1T343EFWX 4.38, seen: url and binary mode, the POST blocks about 3 s, then 200 with progress 0. */
const EFWX: Model = {
  ...ASSUMED,
  firmware: 'V4.38.0',
  dataTypes: ['url', 'binary'],
  blockSeconds: 3,
  knowsCancel: true,
  infrared: true,
  binary: { envelope: 'outside', progressDisposition: true, progressPart: 'xml', picturePart: 'name' },
};

/** The simulated models; a further one is a further row. Seen behaviour is named in each comment, the rest is ASSUMED. */
export const MODELS = {
  'DS-K1T343EFWX': EFWX,
  /** Seen: FDSetUp also takes the picture itself. The rest is assumed to be as on DS-K1T343EFWX, under the other names. */
  'DS-K1T342MFWX-E1': {
    ...EFWX,
    firmware: 'simulated',
    replyRoot: 'CaptureFaceDataResponse',
    urlElement: 'faceURL',
    takesPicture: true,
  },
  /** Seen: binary only, blocks, then HTTP 400 captureTimeout. */
  'DS-K1T342MX-E1': {
    ...ASSUMED,
    dataTypes: ['binary'],
    takesPicture: true,
    nameBytes: { most: 64, wholeCharacters: false },
    blockSeconds: 10,
    nobody: 'captureTimeout',
    replyRoot: 'CaptureFaceDataResponse',
    binary: { envelope: 'inside', progressDisposition: true, progressPart: 'xml', picturePart: 'name' },
  },
  /**
   * 3.3, seen: binary only, windows of about 6 s, deviceBusy with a misleading errorMsg sooner than 3 s after the last POST
   * and in the ver10 namespace; the MIME headers stand inside the body, the XML part has no Content-Disposition; infrared
   * is offered, under the root CaptureFaceDataCond. That every other status document is of ver10 too is assumed.
   */
  'DS-K1T341CMFW': {
    ...ASSUMED,
    firmware: 'V3.3.0',
    dataTypes: ['binary'],
    takesPicture: true,
    blockSeconds: 6,
    minInterval: 3,
    busyMessage: 'dataType',
    infrared: true,
    capabilitiesRoot: 'CaptureFaceDataCond',
    nameBytes: { most: 64, wholeCharacters: true },
    plainNumbers: true,
    setUpCreates: false,
    absent: NO_DETAIL,
    statusNamespace: 'http://www.hikvision.com/ver10/XMLSchema',
    binary: { envelope: 'inside', progressDisposition: false, progressPart: 'xml', picturePart: 'name' },
  },
  /**
   * 3.18, seen: returns at once with progress 0, the POSTs keep the mode alive, every 0.8 s is fine; it says itself that it
   * holds 50,000 persons (on DS-K1T673DX-BR).
   */
  'DS-K1T673DX': {
    ...ASSUMED,
    firmware: 'V3.18.0',
    maxPersons: 50_000,
    maxFaces: 50_000,
    countsFaces: 'in one number',
    timesWithZone: true,
    deleteProcess: ['inProgress', 'finished'],
    deletionPercent: true,
    dataTypes: ['binary'],
    takesPicture: true,
    blockSeconds: 0,
    aliveSeconds: 5,
    knowsCancel: true,
    knowsProgress: true,
    infrared: true,
    binary: { envelope: 'inside', progressDisposition: true, progressPart: 'xml', picturePart: 'filename' },
  },
  /**
   * 3.18, seen: no FDSetUp and no person search; faces are added by FaceDataRecord. The captures are assumed to be as on
   * DS-K1T673DX, and the refusal of what is absent to be 404 (405 was seen elsewhere).
   */
  'DS-K1T672MX': {
    ...ASSUMED,
    firmware: 'V3.18.0',
    dataTypes: ['binary'],
    absent: { [FD_SET_UP]: 404, [PERSON_SEARCH]: 404 },
    blockSeconds: 0,
    aliveSeconds: 5,
    knowsCancel: true,
    knowsProgress: true,
    infrared: true,
    binary: { envelope: 'inside', progressDisposition: true, progressPart: 'xml', picturePart: 'filename' },
  },
  /** Seen: blocks up to 60 s. */
  'DS-K1T341AMF': {
    ...ASSUMED,
    dataTypes: ['binary'],
    takesPicture: true,
    blockSeconds: 60,
    cardsAPage: 0,
    numbersAsText: true,
    binary: { envelope: 'bare', progressDisposition: true, progressPart: 'xml', picturePart: 'filename' },
  },
  /**
   * V4.38, seen: 1500 persons and faces; the picture of a stored face can be read at its faceURL. Another unit of 1500
   * persons counts persons only and knows local time only, which is assumed of this one. The rest is as on DS-K1T342MX-E1.
   */
  'DS-K1T342MFX-E1': {
    ...ASSUMED,
    firmware: 'V4.38.0',
    dataTypes: ['binary'],
    takesPicture: true,
    blockSeconds: 10,
    nobody: 'captureTimeout',
    replyRoot: 'CaptureFaceDataResponse',
    maxPersons: 1500,
    maxFaces: 1500,
    countsBindings: false,
    nestsFaceSearch: true,
    timeTypes: ['local'],
    fillsValid: true,
    binary: { envelope: 'inside', progressDisposition: true, progressPart: 'xml', picturePart: 'name' },
  },
  /**
   * V4.23.41, seen: five cards a person; a deletion of 50 persons does not answer in time, 20 do; nonces die after a handful of uses; about seven
   * wrong logins lock it for half an hour. That it advertises lists of 30 all the same, that a nonce has five uses, and the
   * captures are assumed.
   */
  'DS-K1T323': {
    ...ASSUMED,
    firmware: 'V4.23.41',
    dataTypes: ['binary'],
    takesPicture: true,
    blockSeconds: 10,
    recodesPictures: true,
    fillsValid: true,
    deleteBatch: 20,
    cardsAPage: 10,
    nonceUses: 5,
    tries: 7,
    binary: { envelope: 'outside', progressDisposition: true, progressPart: 'xml', picturePart: 'name' },
  },
} as const satisfies Record<string, Model>;

export type ModelName = keyof typeof MODELS;

export function isModelName(value: unknown): value is ModelName {
  return typeof value === 'string' && Object.hasOwn(MODELS, value);
}
