import { HikvisionError } from '../../../errors/hikvision-error.js';
import type { ReplyStream } from '../../../http/connection.js';
import { wait } from '../../../http/turns/wait.js';
import type { PhysicalTerminal } from '../../terminal/physical-terminal.js';
import type { Terminal } from '../../terminal/terminal.js';
import type { Hint } from './alert.js';
import { isSameLoss, lossOf, type StreamLoss } from './losses.js';
import { OpenStream, type Audience } from './open-stream.js';
import { Rhythm, Watchdog } from './watchdog.js';

/** Who wants to know what a terminal's stream tells. None of these may throw. */
export interface StreamListener {
  /** Whether hints are to bring their pictures; each then waits for its own, a second at most. */
  readonly pictures?: boolean;
  onHint: (hint: Hint) => void;
  /** The stream is open; also after a loss, and at once where it was open already. */
  onOpen: () => void;
  /** There is none, or none any more; the same reason is said once until there is one again. It is tried for ever. */
  onLost: (why: StreamLoss) => void;
}

interface Member {
  terminal: Terminal;
  listener: StreamListener;
}

const OPERATION = 'read event stream';
const STREAM_PATH = '/ISAPI/Event/notification/alertStream';
/** Before a stream is opened once more: from half of twice the first, doubling, to the longest; milliseconds. */
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 300_000;
/** A login that is refused here costs nothing: one that was corrected is soon used. */
const LOGIN_PAUSE_MS = 60_000;
/** A stream that lasted so long (milliseconds) was one. */
const PROVEN_MS = 60_000;

const streams = new WeakMap<PhysicalTerminal, SharedStream>();

/**
 * Listens to the terminal's alertStream. Each physical terminal has one, over the connection of the first who came, and
 * when that is closed over the next one's: most terminals give one to everybody together.
 * @returns leaves: at once, and without `onLost`. So does a terminal that is closed.
 */
export function joinStream(terminal: Terminal, listener: StreamListener): { leave: () => void } {
  const stream = streams.get(terminal.physical) ?? new SharedStream();
  streams.set(terminal.physical, stream);
  return stream.join({ terminal, listener });
}

class SharedStream {
  private readonly members = new Set<Member>();
  private readonly rhythm = new Rhythm();
  /** Ends the loop of now; undefined where there is none. */
  private running: AbortController | undefined;
  private isOpen = false;
  private openSince = 0;
  /** What was said last; undefined once the stream is open. */
  private loss: StreamLoss | undefined;
  private failures = 0;
  /** A taken slot is not asked for before this, whoever comes and goes; on the clock of `performance`. */
  private notBefore = 0;

  join(member: Member): { leave: () => void } {
    const { closed } = member.terminal;
    const leave = (): void => {
      closed.removeEventListener('abort', leave);
      this.leave(member);
    };
    if (closed.aborted) return { leave };
    this.members.add(member);
    closed.addEventListener('abort', leave);
    queueMicrotask(() => this.tellState(member));
    if (!this.running) {
      if (this.notBefore <= performance.now()) this.loss = undefined;
      this.running = new AbortController();
      void this.run(this.running.signal);
    }
    return { leave };
  }

  private leave(member: Member): void {
    this.members.delete(member);
    if (this.members.size > 0) return;
    this.running?.abort();
    this.running = undefined;
    this.isOpen = false;
    if (this.loss !== 'slotTaken') this.failures = 0;
    this.loss = this.loss === 'slotTaken' ? this.loss : undefined;
  }

  private tellState(member: Member): void {
    if (!this.members.has(member)) return;
    if (this.isOpen) member.listener.onOpen();
    else if (this.loss !== undefined) member.listener.onLost(this.loss);
  }

  /** One stream after another, for as long as somebody listens. */
  private async run(ending: AbortSignal): Promise<void> {
    await pause(this.notBefore - performance.now(), ending);
    const isOver = (): boolean => ending.aborted;
    while (!isOver()) {
      const [first] = this.members;
      if (!first) return;
      const { terminal } = first;
      const loss = await this.once(terminal, ending);
      if (isOver()) return;
      this.isOpen = false;
      // The next one's connection is tried at once.
      if (terminal.closed.aborted) continue;
      this.tellLoss(loss);
      await pause(this.pauseMs(loss), ending);
    }
  }

  /** Opens a stream and reads it to its end. */
  private async once(terminal: Terminal, ending: AbortSignal): Promise<StreamLoss> {
    let stream: ReplyStream | undefined;
    const close = (): void => stream?.close();
    this.openSince = Infinity;
    try {
      stream = await terminal.openStream({ operation: OPERATION, path: STREAM_PATH, signal: ending });
      ending.addEventListener('abort', close);
      return await this.read(stream, terminal, ending);
    } catch (error) {
      const failure = error instanceof HikvisionError ? error : terminal.named(error, OPERATION);
      return lossOf(failure);
    } finally {
      ending.removeEventListener('abort', close);
      stream?.close();
    }
  }

  private async read(stream: ReplyStream, terminal: Terminal, ending: AbortSignal): Promise<StreamLoss> {
    let why: StreamLoss = 'ended';
    this.rhythm.restart();
    const watchdog = new Watchdog({
      rhythm: this.rhythm,
      answers: () => isThere(terminal, ending),
      onDead: () => {
        why = 'silent';
        stream.close();
      },
    });
    const receiver = {
      wantsPictures: () => [...this.members].some(({ listener }) => listener.pictures),
      onOpen: () => this.opened(),
      onAlive: (isHeartbeat: boolean) => watchdog.heard(isHeartbeat),
      onHint: (hint: Hint, to: Audience) => this.tellHint(hint, to),
    };
    try {
      await new OpenStream(stream, receiver).read();
      return why;
    } finally {
      watchdog.stop();
    }
  }

  private opened(): void {
    this.isOpen = true;
    this.openSince = performance.now();
    this.loss = undefined;
    for (const { listener } of [...this.members]) listener.onOpen();
  }

  private tellHint(hint: Hint, to: Audience): void {
    for (const { listener } of [...this.members]) {
      if (to === 'all' || (to === 'withPictures') === Boolean(listener.pictures)) listener.onHint(hint);
    }
  }

  private tellLoss(loss: StreamLoss): void {
    if (isSameLoss(this.loss, loss)) return;
    this.loss = loss;
    for (const { listener } of [...this.members]) listener.onLost(loss);
  }

  private pauseMs(loss: StreamLoss): number {
    if (performance.now() - this.openSince >= PROVEN_MS) this.failures = 0;
    this.failures += 1;
    const full = Math.min(2 * FIRST_PAUSE_MS * 2 ** (this.failures - 1), LONGEST_PAUSE_MS);
    const ms = full * (0.5 + Math.random() / 2);
    if (loss === 'slotTaken') this.notBefore = performance.now() + ms;
    return isLogin(loss) ? Math.min(ms, LOGIN_PAUSE_MS) : ms;
  }
}

/** Waits; ends early, and well, when it is aborted. */
async function pause(ms: number, ending: AbortSignal): Promise<void> {
  await wait(ms, ending).catch(() => undefined);
}

/** Whether the terminal answers, in its turn among all other calls; whatever it answers. */
async function isThere(terminal: Terminal, signal: AbortSignal): Promise<boolean> {
  const path = '/ISAPI/System/deviceInfo';
  try {
    await terminal.call({ operation: OPERATION, method: 'GET', path, policy: 'repeatable', signal });
    return true;
  } catch (error) {
    // A queue that is full, or a login that is not tried, says nothing against the terminal.
    return error instanceof HikvisionError && (error.code === 'QUEUE_FULL' || error.cause.httpStatus !== undefined);
  }
}

function isLogin(loss: StreamLoss): boolean {
  return loss instanceof HikvisionError && (loss.code === 'UNAUTHORIZED' || loss.code === 'LOCKED');
}
