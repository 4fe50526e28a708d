/** What a record says beside its code. */
export interface RecordDetails {
  employeeNo?: string;
  name?: string;
  userType?: string;
  cardNo?: string;
  door?: number;
  reader?: number;
  /** The name of the face on the picture that was taken. */
  face?: string;
  mask?: 'yes' | 'no' | 'unknown';
  attendanceStatus?: string;
  remoteHostAddr?: string;
  netUser?: string;
}

export interface NewRecord extends RecordDetails {
  major: number;
  minor: number;
}

/** One record of the log, kept small: a terminal has a hundred thousand of them. */
export interface AccessRecord {
  readonly serial: number;
  readonly major: number;
  readonly minor: number;
  /** What the terminal's clock showed: milliseconds since 1970 as though its time were UTC. */
  readonly wall: number;
  /** The zone as it was written then. */
  readonly zone: string;
  /** Undefined where nothing more is said. */
  readonly details: RecordDetails | undefined;
}
