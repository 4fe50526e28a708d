/** How a terminal keeps its log and what it writes there. Durations are simulated seconds. */
export interface LogBehaviour {
  /** Records that it holds; the next one takes the place of the oldest. */
  ringSize: number;
  /** After every so many records the count leaves out so many numbers. */
  jumps: { every: number; by: number } | undefined;
  /** One record in so many is found by searches only so many seconds later than those after it. */
  late: { every: number; seconds: number } | undefined;
  /** Old records say the zone that is set now, with the time that the clock showed then. */
  rewritesZone: boolean;
  /** What it is set to, which every record of a person says whatever method was used. */
  verifyMode: string;
  /** Who came with a card is written with its number. */
  writesCards: boolean;
  /** The relay is written before who it was opened for, in the same second. */
  unlockFirst: boolean;
  /** Seconds until the door locks again. */
  unlockSeconds: number;
  /** Where the picture that is taken at the door can be had. */
  pictures: 'stream and URL' | 'stream' | 'URL' | 'never';
  /** Each login with a new nonce is written: 3-112 and 4-1061. */
  ownLogins: boolean;
}

/** What a terminal wants of a search, and what it answers. */
interface SearchBehaviour {
  /** Records a page of AcsEvent at most, whoever asks for more; the capabilities say 30 or more. */
  eventsAPage: number;
  /** In what order they come; `mixed up`: within each page. */
  order: 'by time' | 'by number' | 'mixed up';
  /** What it makes of major 0, and of minor 0, which mean all. */
  majorZero: 'all' | 'refused';
  minorZero: 'all' | 'refused';
  /** A search without endSerialNo is refused. */
  needsEnd: boolean;
  /** A greater endSerialNo is refused. */
  mostEnd: number;
  /** Whether startTime and endTime may say their offset from UTC. */
  offsets: 'as you like' | 'wanted' | 'refused';
  /** It looks at timeReverseOrder. */
  reverses: boolean;
}

/** What the Content-Type says of the boundary, and what then stands between the parts. */
export type BoundaryForm =
  | 'MIME_boundary'
  | 'boundary'
  | 'quoted'
  | 'angle brackets'
  | 'angle brackets in the header only'
  | 'dashes twice'
  | 'dashes once'
  | 'absent';

/** How the bytes of a stream look. */
export interface FormBehaviour {
  boundary: BoundaryForm;
  /** What ends the line of a delimiter; headers end in CRLF. */
  delimiterEnd: 'CRLF' | 'LF';
  headerCase: 'usual' | 'lower' | 'upper';
  /** Content-Length of a part: `of the wrapper` counts the delimiter and the headers, too. */
  lengths: 'right' | 'absent' | 'of the wrapper';
  /** Content-Type of a part. */
  types: 'right' | 'absent';
  /** XML with a bare `&` and without a number in activePostCount. */
  xml: 'right' | 'careless';
  /** The document and its picture stand in a multipart of their own, which is one part of the stream. */
  nested: boolean;
  /** Pictures hold braces, dashes and what looks like a delimiter. */
  treacherousPictures: boolean;
  /** What stands in each envelope beside the usual. */
  extra: Readonly<Record<string, string>>;
}

/** How a terminal sends events by itself. */
export interface StreamBehaviour extends FormBehaviour {
  /** How many clients can listen at the same time; 0: none ever. */
  streams: number;
  /** How one too many is met: HTTP 404, HTTP 403 deployExceedMax, or not even with headers. */
  refusal: '404' | 'deployExceedMax' | 'hang';
  /** Seconds for which a place stays taken when its client has gone. */
  slotHold: number;
  /** Whoever tries while it is taken prolongs that. */
  triesProlong: boolean;
  /** What it makes of a POST to subscribeEvent: it does not know it, or refuses it and takes a place for it. */
  subscribing: 'unknown' | 'refused and counted';
  /** Old records that it sends to each who connects. */
  replay: 'nothing' | 'all' | number;
  /** Old records a second; undefined: as fast as they are taken. */
  replayRate: number | undefined;
  /** It sends what is new. */
  live: boolean;
  heartbeat: 'videoloss JSON' | 'videoloss XML' | 'heartBeat JSON' | 'heartBeat XML' | 'none';
  heartbeatSeconds: number;
}

export interface EventBehaviour extends LogBehaviour, SearchBehaviour, StreamBehaviour {}

/** As capabilities say it. */
export const MOST_SERIAL = 3_000_000_000;

/** What is usual; that a stream begins with nothing old is the exception among face terminals, and easier to test against. */
export const USUAL: EventBehaviour = {
  ringSize: 150_000,
  jumps: undefined,
  late: undefined,
  rewritesZone: false,
  verifyMode: 'cardOrFaceOrFp',
  writesCards: true,
  unlockFirst: false,
  unlockSeconds: 5,
  pictures: 'stream and URL',
  ownLogins: false,
  eventsAPage: 30,
  order: 'by time',
  majorZero: 'all',
  minorZero: 'all',
  needsEnd: false,
  mostEnd: MOST_SERIAL,
  offsets: 'as you like',
  reverses: true,
  boundary: 'MIME_boundary',
  delimiterEnd: 'CRLF',
  headerCase: 'usual',
  lengths: 'right',
  types: 'right',
  xml: 'right',
  nested: false,
  treacherousPictures: false,
  extra: {},
  streams: 5,
  refusal: '404',
  slotHold: 0,
  triesProlong: false,
  subscribing: 'unknown',
  replay: 'nothing',
  replayRate: undefined,
  live: true,
  heartbeat: 'videoloss JSON',
  heartbeatSeconds: 10,
};
