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
  absent: Readonly<Partial<Record<string, 400 | 404 | 405>>>;
  /** FDSetUp takes the picture itself in a second part `img`. */
  takesPicture: boolean;
  /** What is at faceURL is not byte for byte what was sent: the terminal writes pictures anew. */
  recodesPictures: boolean;
  /** FDLib/Count says it in a list of libraries, or in one number. */
  countsFaces: 'by library' | 'in one number';
  /** FDSearch wants its condition in FaceInfoSearchCond; else its fields stand by themselves. */
  nestsFaceSearch: boolean;
  /** Search shows how many faces a person has, and the URL of the picture. */
  showsFaces: boolean;
  /** Seconds from FDSetUp until numOfFace counts the face. */
  modelling: number;
  /** Names are cut to so many bytes of UTF-8, perhaps in the middle of a character. */
  nameBytes?: { most: number; wholeCharacters: boolean };
  /** Search writes the times of Valid with the terminal's zone, +05:00; such times are then understood, too. */
  timesWithZone: boolean;
  /** Search writes counts, groupId and doorNo as text; numbers as text are then understood, too. */
  numbersAsText: boolean;
  /** Search shows a person who was given no Valid with one whose enable is false. */
  fillsValid: boolean;
  /** An employeeNo with a hyphen, a dot or an underscore is refused. */
  plainNumbers: boolean;
  /** UserInfo/SetUp creates an absent person (the official upsert) instead of refusing it, and is advertised as `setUp`. */
  setUpCreates: boolean;
  /** XML namespace of status documents: all of these occur. */
  statusNamespace: `http://www.${'isapi.org/ver20' | 'hikvision.com/ver20' | 'hikvision.com/ver10'}/XMLSchema`;
  /** Persons beyond this are refused with deviceUserFull. */
  maxPersons: number;
  /** Faces beyond this are refused with deviceFaceFull. */
  maxFaces: number;
  /** Persons a page of Search at most, whoever asks for more; and numbers in its EmployeeNoList. */
  personsAPage: number;
  /** Cards a page of CardInfo/Search at most; 0: the terminal knows no cards. */
  cardsAPage: number;
  /** Cards beyond this are refused with deviceCardFull. */
  maxCards: number;
  /** UserInfo/Count says how many have a face, a card, a finger, too; else `userNumber` only. */
  countsBindings: boolean;
  /** UserInfo/Delete of more persons than this is done, but answered after a minute: whatever the capabilities advertise. */
  deleteBatch: number;
  /** What UserInfoDetail/DeleteProcess says while it deletes, and afterwards. */
  deleteProcess: readonly ['processing' | 'inProgress', 'success' | 'finished'];
  /** DeleteProcess says how many per cent are done, too. */
  deletionPercent: boolean;
  /** What Valid.timeType may be. */
  timeTypes: readonly ('local' | 'UTC')[];
  /** How often a nonce may be used; undefined: as often as one likes. A setting of the simulator has precedence. */
  nonceUses?: number;
  /** Wrong logins in a row that lock the account. A setting of the simulator has precedence. */
  tries: number;
}

export type DataType = 'url' | 'binary';
