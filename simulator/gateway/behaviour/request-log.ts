import type { Group } from './faults.js';

/** One request, in the order of arrival. */
export interface RequestRecord {
  method: string;
  /** Without the query; cut where it is very long. */
  path: string;
  /** Undefined for what the gateway does not know. */
  group: Group | undefined;
  /** The gateway's own code; '' while there is no answer, or where the answer is none of the gateway's. */
  code: string;
  /** HTTP status; 0 while there is no answer, and for ever if none is sent. */
  status: number;
}

/** Requests remembered at most. */
const MOST_RECORDS = 1000;
const LONGEST_PATH = 200;

/** Counts and remembers the requests to one gateway; no body, header or query of them. */
export class RequestLog {
  connections = 0;
  records: RequestRecord[] = [];

  begin({ method, path, group }: Pick<RequestRecord, 'method' | 'path' | 'group'>): RequestRecord {
    const record = { method, path: path.slice(0, LONGEST_PATH), group, code: '', status: 0 };
    this.records.push(record);
    if (this.records.length > MOST_RECORDS) this.records.shift();
    return record;
  }

  reset(): void {
    this.records = [];
  }
}
