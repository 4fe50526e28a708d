// The simulated terminals of the proof, in a process of their own, with a line to them for each instance.
import { SimulatedFleet } from '../../../../../simulator/simulated-fleet.js';
import type { SimulatedTerminal, SimulatorEvent } from '../../../../../simulator/simulated-terminal.js';
import type { CaptureSent, JournalEntry } from '../history.js';
import { Line, type Tap } from './line.js';
import type { Asked, Deed, Said, WorldSettings } from './protocol.js';

/** Takes persons by SetUp, pictures by FDSetUp and captures by URL. */
const MODEL = 'DS-K1T342MFWX-E1';
const NEWS_EVERY_MS = 250;
const CAPTURE = 'POST /ISAPI/AccessControl/CaptureFaceData?';
const CAPTURE_PLAIN = 'POST /ISAPI/AccessControl/CaptureFaceData ';

class World {
  private readonly lives = new Map<string, number>();
  private readonly lines = new Map<string, Line>();
  /** By instance and terminal. */
  private readonly registering = new Map<string, string>();
  private readonly touched = new Set<number>();
  private news: Extract<Said, { says: 'news' }> = emptyNews();
  /** Captures that have not been answered. */
  private readonly open = new Map<CaptureSent, () => void>();
  private byHand = false;
  /** Who sent something to a terminal last. */
  private readonly last = new Map<string, string>();

  constructor(private readonly fleet: SimulatedFleet) {
    for (const [index, host] of fleet.addresses.entries()) {
      const terminal = fleet.terminal(host);
      terminal.on('event', (event) => this.note(index, terminal, event));
      this.touched.add(index);
    }
  }

  async join(instance: string): Promise<number> {
    this.lives.set(instance, 0);
    const to = { host: '127.0.0.1', port: this.fleet.port };
    const line = await Line.open({ isEveryAddress: true, to, tap: (host) => this.tap(instance, host) });
    this.lines.set(instance, line);
    return line.port;
  }

  async do(deed: Deed): Promise<void> {
    switch (deed.do) {
      case 'life':
        this.lives.set(deed.instance, deed.life);
        break;
      case 'line':
        if (deed.isDown) this.lines.get(deed.instance)?.swallow();
        else this.lines.get(deed.instance)?.heal();
        break;
      case 'register':
        this.register(deed);
        break;
      case 'settle':
        this.tell();
        break;
      default:
        await this.disturb(deed.terminal, deed);
    }
  }

  tell(): void {
    const at = Date.now();
    for (const index of this.touched) {
      const persons = this.terminal(index)
        .persons()
        .map(({ employeeNo, name, face = '', UserInfo }) => {
          const valid = UserInfo['Valid'] as { endTime?: string } | undefined;
          return { employeeNo, name, ends: (valid?.endTime ?? '').slice(0, 19), face };
        });
      this.news.held.push({ at, terminal: nameOf(index), persons });
    }
    this.touched.clear();
    const { journal, captures, held } = this.news;
    if (journal.length + captures.length + held.length > 0) say(this.news);
    this.news = emptyNews();
  }

  private terminal(index: number): SimulatedTerminal {
    return this.fleet.terminal(this.fleet.addresses[index] ?? '');
  }

  private async disturb(index: number, deed: Extract<Deed, { terminal: number }>): Promise<void> {
    const terminal = this.terminal(index);
    switch (deed.do) {
      case 'offline':
        await terminal.stop();
        break;
      case 'online':
        await terminal.start();
        break;
      case 'reboot':
        await terminal.reboot(1);
        break;
      case 'replace':
        await terminal.stop();
        terminal.replace();
        await terminal.start();
        this.touched.add(index);
        break;
      case 'edit':
        this.edit(index, deed.edit);
        break;
      case 'slow':
        terminal.fault({ kind: 'slow', at: deed.at, seconds: deed.seconds });
        break;
      case 'page':
        terminal.fault({ kind: deed.kind, times: deed.times });
        break;
      case 'password':
        terminal.changePassword(deed.password);
        break;
    }
  }

  private edit(index: number, edit: Extract<Deed, { do: 'edit' }>['edit']): void {
    const terminal = this.terminal(index);
    this.byHand = true;
    try {
      terminal.edit(edit);
    } finally {
      this.byHand = false;
    }
    this.touched.add(index);
    if (!('person' in edit)) return;
    const { employeeNo } = edit.person;
    this.write(index, terminal, { what: 'made by hand', employeeNo });
  }

  private register({ instance, terminal, employeeNo }: Extract<Deed, { do: 'register' }>): void {
    const key = `${instance} ${terminal}`;
    if (employeeNo === undefined) this.registering.delete(key);
    else this.registering.set(key, employeeNo);
  }

  private write(index: number, terminal: SimulatedTerminal, entry: Record<string, unknown>): void {
    const { serialNumber: serial } = terminal;
    this.news.journal.push({ at: Date.now(), terminal: nameOf(index), serial, ...entry } as JournalEntry);
  }

  private note(index: number, terminal: SimulatedTerminal, event: SimulatorEvent): void {
    const { byHand } = this;
    this.touched.add(index);
    if (event.event === 'face bound') {
      this.write(index, terminal, { what: 'bound', employeeNo: event.employeeNo, face: event.face, byHand });
    } else if (event.event === 'person deleted') {
      this.write(index, terminal, { what: 'deleted', employeeNo: event.employeeNo, byHand });
    } else if (event.event === 'login rejected') {
      this.write(index, terminal, { what: 'login rejected', owner: this.last.get(nameOf(index)) ?? '' });
    } else if (event.event === 'replaced') {
      this.write(index, terminal, { what: event.event });
    }
  }

  /** Sees who captures: the person whom that instance registers stands in front then, and nobody else. */
  private tap(instance: string, host: string): Tap {
    const index = this.fleet.addresses.indexOf(host);
    const owner = `${instance}#${this.lives.get(instance) ?? 0}`;
    let head = '';
    let sent: CaptureSent | undefined;
    return {
      sent: (data, at) => {
        this.last.set(nameOf(index), owner);
        const text = head + data.toString('latin1');
        head = '';
        if (!text.startsWith(CAPTURE) && !text.startsWith(CAPTURE_PLAIN)) return;
        if (!text.includes('</CaptureFaceDataCond>')) {
          head = text;
          return;
        }
        if (text.includes('<cancelFlag>true') || !/^authorization:/im.test(text)) return;
        sent = this.captureSent(instance, index, owner, at);
      },
      answered: () => {
        if (sent) sent.answeredAt = Date.now();
        if (sent) this.open.get(sent)?.();
        sent = undefined;
      },
    };
  }

  private captureSent(instance: string, index: number, owner: string, at: number): CaptureSent {
    const terminal = this.terminal(index);
    const sent: CaptureSent = {
      ...{ at, answeredAt: undefined, terminal: nameOf(index) },
      ...{ serial: terminal.serialNumber, owner },
    };
    this.open.set(sent, () => {
      this.open.delete(sent);
      this.news.captures.push(sent);
    });
    const employeeNo = this.registering.get(`${instance} ${index}`);
    terminal.leave();
    if (employeeNo !== undefined) terminal.present(`R${employeeNo}`);
    return sent;
  }

  /** Captures that are never answered are told at the end. */
  unanswered(): void {
    for (const tellOf of [...this.open.values()]) tellOf();
  }
}

function emptyNews(): Extract<Said, { says: 'news' }> {
  return { says: 'news', journal: [], captures: [], held: [] };
}

function nameOf(index: number): string {
  return `T${String(index + 1).padStart(2, '0')}`;
}

function say(what: Said): void {
  if (process.connected) process.send?.(what);
}

async function main({ terminals: count, username, password, instances }: WorldSettings): Promise<void> {
  const fleet = await SimulatedFleet.start({ count, models: [MODEL], username, password, idleSeconds: 120 });
  const world = new World(fleet);
  const lines: Record<string, number> = {};
  for (const instance of instances) lines[instance] = await world.join(instance);
  setInterval(() => world.tell(), NEWS_EVERY_MS);
  process.on('message', (asked: Asked) => {
    if (asked.do === 'settle') world.unanswered();
    world.do(asked).then(
      () => say({ says: 'done', id: asked.id }),
      (error: unknown) => say({ says: 'done', id: asked.id, failure: String(error) }),
    );
  });
  say({ says: 'open', lines, hosts: fleet.addresses });
}

process.on('disconnect', () => process.exit());
void main(JSON.parse(process.argv[2] ?? '{}') as WorldSettings);
