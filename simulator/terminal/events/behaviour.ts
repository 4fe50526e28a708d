/** How a terminal keeps its log and what it writes there. Durations are simulated seconds. */
export interface LogBehaviour {
  /** Records that it holds; the next one takes the place of the oldest. */
  ringSize: number;
  /** Records a page of AcsEvent at most, whoever asks for more. */
  eventsAPage: number;
  /** What it is set to, which every record of a person says whatever method was used. */
  verifyMode: string;
  /** The relay is written before who it was opened for, in the same second. */
  unlockFirst: boolean;
  /** Seconds until the door locks again. */
  unlockSeconds: number;
  /** Where the picture that is taken at the door can be had. */
  pictures: 'stream and URL' | 'stream' | 'URL' | 'never';
  /** Each login with a new nonce is written: 3-112 and 4-1061. */
  ownLogins: boolean;
}

/** How a terminal sends events by itself. */
export interface StreamBehaviour {
  /** How many clients can listen at the same time. */
  streams: number;
  /** Old records that it sends to each who connects. */
  replay: 'nothing' | 'all' | number;
  heartbeat: 'videoloss JSON' | 'videoloss XML' | 'heartBeat JSON' | 'heartBeat XML' | 'none';
  heartbeatSeconds: number;
}

export interface EventBehaviour extends LogBehaviour, StreamBehaviour {}

/** What is usual; that a stream begins with nothing old is the exception among face terminals, and easier to test against. */
export const USUAL: EventBehaviour = {
  ringSize: 150_000,
  eventsAPage: 30,
  verifyMode: 'cardOrFaceOrFp',
  unlockFirst: false,
  unlockSeconds: 5,
  pictures: 'stream and URL',
  ownLogins: false,
  streams: 5,
  replay: 'nothing',
  heartbeat: 'videoloss JSON',
  heartbeatSeconds: 10,
};
