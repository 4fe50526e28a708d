import { EventMemory } from '../../../../core/isapi/events/cursor/event-memory.js';
import { EVENT_KINDS, type TerminalEvent } from '../../../../core/isapi/events/options.js';
import { EventWatch } from '../../../../core/isapi/events/watch.js';
import type { IsapiCall, Terminal } from '../../../../core/isapi/terminal/terminal.js';
import type { EventJudge, Life, Standing } from './judge.js';
import type { EventSchedule } from './schedule.js';

/** What one life of the reader is given. */
export interface Surroundings {
  index: number;
  schedule: EventSchedule;
  judge: EventJudge;
  /** A connection of its own. */
  terminal: Terminal;
  /** What is on the disk, by its name; it outlives the reader. */
  disk: Map<string, string>;
  standing: () => Standing;
  onEvent: (event: TerminalEvent, life: WatchLife) => void;
  /** It was killed in the middle of something. */
  onKilled: () => void;
}

const ALL = new Set(EVENT_KINDS);
const NO_DOOR = new Set(EVENT_KINDS.filter((kind) => kind !== 'door'));

/** A reader from its start to its end; after a kill, nothing that it does reaches anybody. */
export class WatchLife implements Life {
  readonly index: number;
  readonly startedAt = Date.now();
  readonly watch: EventWatch;
  end: Life['end'];
  private diesAfter = Infinity;

  constructor(private readonly surroundings: Surroundings) {
    const { index, schedule, judge, terminal, standing, onEvent } = surroundings;
    this.index = index;
    const call = terminal.call.bind(terminal);
    terminal.call = async (asked: IsapiCall) => {
      this.step();
      const reply = await call(asked);
      this.step();
      return reply;
    };
    const { begin, acknowledge, inFlight, ackTimeoutMs, route, pollMs, noDoor } = schedule;
    this.watch = new EventWatch({
      ...{ terminal, reader: 'node1', memory: this.memory(), pictures: false, ownLogins: false },
      ...{ begin, acknowledge, inFlight, ackTimeoutMs, route, pollMs, kinds: noDoor ? NO_DOOR : ALL },
      onEvent: (event) => {
        this.step();
        if (this.isOver) return;
        judge.delivered(event, this);
        onEvent(event, this);
        this.step();
      },
      onNotice: (notice) => {
        if (!this.isOver) judge.noticed(notice, this, standing());
      },
      onState: () => undefined,
      onFailure: ({ reason, message }) => {
        if (reason === 'unexpected') judge.broken(`failure: ${message}`);
      },
    });
  }

  get isOver(): boolean {
    return this.end !== undefined;
  }

  /** The flow says that it has dealt with an event. */
  acknowledge(id: string): void {
    if (this.isOver || !this.watch.acknowledge(id)) return;
    this.surroundings.judge.acknowledged(id, this);
    this.step();
  }

  /** It dies when it has done so many things more. */
  dieAfter(steps: number): void {
    this.diesAfter = steps;
    this.step();
  }

  /** Ends well. */
  async stop(): Promise<void> {
    const { judge, terminal } = this.surroundings;
    const since = Date.now();
    await this.watch.stop();
    if (this.isOver) return;
    if (Date.now() - since > 1000) judge.broken(`stop: it took ${Date.now() - since} ms`);
    this.end = { how: 'stopped', at: Date.now() };
    await terminal.close();
  }

  kill(): void {
    if (this.isOver) return;
    this.end = { how: 'killed', at: Date.now() };
    const { terminal, onKilled } = this.surroundings;
    // What a process leaves to the operating system.
    void terminal.close();
    void this.watch.stop();
    onKilled();
  }

  private step(): void {
    this.diesAfter -= 1;
    if (this.diesAfter < 0) this.kill();
  }

  private memory(): EventMemory {
    const { disk } = this.surroundings;
    return new EventMemory('/events', {
      read: async (file) => {
        await new Promise(setImmediate);
        const text = disk.get(file);
        return text === undefined ? undefined : (JSON.parse(text) as unknown);
      },
      write: async (file, text) => {
        this.step();
        await new Promise(setImmediate);
        // Renamed in one step, or not at all.
        if (!this.isOver) disk.set(file, text);
        this.step();
      },
    });
  }
}
