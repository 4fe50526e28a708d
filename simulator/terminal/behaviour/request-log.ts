/** What a request is about; a fault names the kind that it applies to. */
export type RequestKind =
  | 'capture'
  | 'captureCapabilities'
  | 'captureProgress'
  | 'person'
  | 'search'
  | 'count'
  | 'delete'
  | 'card'
  | 'face'
  | 'picture'
  | 'door'
  | 'log'
  | 'stream'
  | 'information'
  | 'other';

/** One request, in the order of arrival. */
export interface RequestRecord {
  method: string;
  /** Without the query. */
  path: string;
  /** As it stood in the request line. */
  target: string;
  kind: RequestKind;
  /** HTTP status of the answer; 0 while there is none, and for ever if none is sent. */
  status: number;
  /** Passed the login, or none is asked for. */
  authorized: boolean;
  /** Bytes of the request body. */
  bodyBytes: number;
  /** As the client wrote it; '' where there was none. */
  contentType: string;
  /** Milliseconds since 1970. */
  startedAt: number;
  /** The first request with its nonce: the terminal takes it for a login. */
  newLogin?: true;
  /** Why the login was refused. */
  reason?: string;
}

/** What a simulated terminal has counted since its start or its last reset. */
export interface Counters {
  /** Requests that passed the login, by kind. */
  requests: Record<RequestKind, number>;
  /** 401 answers to requests without Authorization. */
  challenges: number;
  /** Wrong logins with a valid nonce: those that count for the lock-out. */
  signedRejections: number;
  /** Correct logins that were refused because the account was locked. */
  lockedRejections: number;
  /** Logins with a nonce that is no longer valid (unknown, too old, bound to another URL, used up). */
  staleRejections: number;
  /** Correct logins with an nc that this nonce has had before. */
  repeatedNc: number;
  /** Requests that came with Basic credentials. */
  basicAnswers: number;
  /** Requests with a chunked body. */
  chunkedBodies: number;
  /** Bodies sent without Authorization although a login is required. */
  unsignedBodies: number;
  /** Most requests in progress at the same time. */
  maxInFlight: number;
  /** Capture POSTs that came while another one was blocking. */
  captureOverlaps: number;
  connections: number;
  tlsHandshakes: number;
  /** Every request in order; the last ten thousand unless set otherwise. */
  records: RequestRecord[];
}

/** Counts and remembers the requests to one terminal. */
export class RequestLog {
  private current = newCounters();
  private inFlight = 0;

  /** @param most requests remembered at most */
  constructor(private readonly most = 10_000) {}

  get counters(): Counters {
    return this.current;
  }

  /** A request has come; `end` must be called when it is over. */
  begin(request: Pick<RequestRecord, 'method' | 'path' | 'target' | 'kind'>): RequestRecord {
    const record = { ...request, status: 0, authorized: false, bodyBytes: 0, contentType: '', startedAt: Date.now() };
    const { records } = this.current;
    records.push(record);
    if (records.length > this.most) records.shift();
    this.inFlight += 1;
    this.current.maxInFlight = Math.max(this.current.maxInFlight, this.inFlight);
    return record;
  }

  end(): void {
    this.inFlight -= 1;
  }

  /** Everything counts from zero again, except the requests that are in progress. */
  reset(): void {
    this.current = newCounters();
  }
}

function newCounters(): Counters {
  return {
    requests: {
      capture: 0,
      captureCapabilities: 0,
      captureProgress: 0,
      person: 0,
      search: 0,
      count: 0,
      delete: 0,
      card: 0,
      face: 0,
      picture: 0,
      door: 0,
      log: 0,
      stream: 0,
      information: 0,
      other: 0,
    },
    challenges: 0,
    signedRejections: 0,
    lockedRejections: 0,
    staleRejections: 0,
    repeatedNc: 0,
    basicAnswers: 0,
    chunkedBodies: 0,
    unsignedBodies: 0,
    maxInFlight: 0,
    captureOverlaps: 0,
    connections: 0,
    tlsHandshakes: 0,
    records: [],
  };
}
