/** How the body of a finished binary capture is laid out. */
interface BinaryShape {
  /**
   * `outside`: correct multipart/form-data. `inside`: the MIME headers stand inside the body, below an HTTP Content-Type of
   * application/xml, and the inner Content-Length values are wrong. `bare`: nothing but the JPEG, as image/jpeg.
   */
  envelope: 'outside' | 'inside' | 'bare';
  /** The part that carries the progress has a Content-Disposition, as multipart/form-data wants. */
  progressDisposition: boolean;
  /** Format of the part that carries the progress (`bare` has none). */
  progressPart: 'xml' | 'json';
  /** How the picture part is recognised: `name="FaceData"`, or only by a filename. */
  picturePart: 'name' | 'filename';
}

/** Everything in which the simulated models differ. Durations are simulated seconds. */
export interface Model {
  firmware: string;
  dataTypes: readonly DataType[];
  /** How long a capture POST blocks while nobody comes; 0 = it returns at once and the POSTs keep the capture mode alive. */
  blockSeconds: number;
  /** How long the capture mode outlives the last POST; read only where blockSeconds is 0. */
  aliveSeconds: number;
  /** The answer at the end of a window in which nobody came. */
  nobody: 'progress' | 'captureTimeout';
  /** A capture POST that starts sooner than this after the start of the one before is answered deviceBusy. */
  minInterval: number;
  /** errorMsg of that deviceBusy. */
  busyMessage: string;
  knowsCancel: boolean;
  knowsProgress: boolean;
  infrared: boolean;
  replyRoot: 'CaptureFaceData' | 'CaptureFaceDataResponse';
  capabilitiesRoot: 'CaptureFaceData' | 'CaptureFaceDataCond';
  urlElement: 'faceDataUrl' | 'faceURL';
  binary: BinaryShape;
  /** Endpoints that this model does not have, by path, with the HTTP status of its refusal. */
  absent: Readonly<Partial<Record<string, 404 | 405>>>;
  /** FDSetUp takes the picture itself in a second part `img`. */
  takesPicture: boolean;
  /** Seconds from FDSetUp until numOfFace counts the face. */
  modelling: number;
  /** UserInfo/SetUp creates an absent person (the official upsert) instead of refusing it. */
  setUpCreates: boolean;
  /** XML namespace of status documents: all of these occur. */
  statusNamespace: `http://www.${'isapi.org/ver20' | 'hikvision.com/ver20' | 'hikvision.com/ver10'}/XMLSchema`;
  maxPersons: number;
}

export type DataType = 'url' | 'binary';

export const FD_SET_UP = '/ISAPI/Intelligent/FDLib/FDSetUp';
export const PERSON_SEARCH = '/ISAPI/AccessControl/UserInfo/Search';

/**
 * What was not seen on hardware and is assumed here, for every model: which terminals know cancelFlag, GET Progress and
 * infrared; that a terminal of which only binary mode was seen has no other, and then takes the picture back in FDSetUp, since it
 * could not enrol what it captured otherwise; the reply root, the URL element, the namespace of status documents and the binary shape of a particular model
 * (each shape was seen, but not on which model); how long the capture mode of DS-K1T673DX outlives a POST; that a window
 * of DS-K1T341CMFW or DS-K1T341AMF in which nobody came ends with progress 0; that DS-K1T342MX-E1 blocks 10 s;
 * that every model has FaceDataRecord and FDSearch/Delete; which model refuses SetUp for an absent person; the numbers of persons; firmware "simulated" where none is known.
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
  modelling: 0,
  setUpCreates: true,
  statusNamespace: 'http://www.isapi.org/ver20/XMLSchema',
  maxPersons: 3000,
} as const satisfies Partial<Model>;

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
    setUpCreates: false,
    statusNamespace: 'http://www.hikvision.com/ver10/XMLSchema',
    binary: { envelope: 'inside', progressDisposition: false, progressPart: 'xml', picturePart: 'name' },
  },
  /** 3.18, seen: returns at once with progress 0, the POSTs keep the mode alive, every 0.8 s is fine. */
  'DS-K1T673DX': {
    ...ASSUMED,
    firmware: 'V3.18.0',
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
    binary: { envelope: 'bare', progressDisposition: true, progressPart: 'xml', picturePart: 'filename' },
  },
} as const satisfies Record<string, Model>;

export type ModelName = keyof typeof MODELS;

export function isModelName(value: unknown): value is ModelName {
  return typeof value === 'string' && Object.hasOwn(MODELS, value);
}
