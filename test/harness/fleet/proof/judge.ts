import type { CaptureSent, History, JournalEntry, Owner, PersonThen, Trouble, WantedThen } from './history.js';

/** The longest capture of a known model, with a margin. */
const QUIET_MS = 65_000;
/** So long after a change of the list, a write that was decided before it may still come. */
const STALE_MS = 45_000;
/** Within this, an instance that nothing keeps from it has a terminal as the list says; and how exactly a watcher sees that. */
const CONVERGED_MS = 30_000;
const WATCHED_MS = 2_000;
/** Within this a process that lives and is not cut off has dealt with an answer. */
const HEARD_MS = 1_000;
/** What keeps an instance from an answer that a terminal has given. */
const DEAFENING = new Set(['kill', 'pause', 'cut terminals']);

/** Everything in which a run broke the promises. It knows only what the watchers wrote down. */
export function judge(history: History): string[] {
  return [
    ...endsOtherwise(history),
    ...wronglyRemoved(history),
    ...wrongFaces(history),
    ...crossedCaptures(history),
    ...triedPasswords(history),
    ...lostWork(history),
    ...lateTerminals(history),
  ];
}

/** In the end every terminal holds what the list says. */
function endsOtherwise({ terminals, wanted, held }: History): string[] {
  return terminals
    .filter(({ isForbidden }) => !isForbidden)
    .flatMap(({ name, isWhole }) => {
      const is = held.findLast(({ terminal }) => terminal === name)?.persons ?? [];
      const should = wanted.findLast(({ terminal }) => terminal === name)?.persons ?? [];
      const known = new Set(wanted.flatMap(({ persons }) => persons.map(({ employeeNo }) => employeeNo)));
      return differences(is, should, isWhole, known).map((words) => `at the end: ${name}: ${words}`);
    });
}

function differences(
  is: readonly PersonThen[],
  should: readonly PersonThen[],
  isWhole: boolean,
  known: ReadonlySet<string>,
): string[] {
  const there = new Map(is.map((person) => [person.employeeNo, person]));
  const listed = new Set(should.map(({ employeeNo }) => employeeNo));
  const missing = should.flatMap((person) => {
    const found = there.get(person.employeeNo);
    if (!found) return [`${person.employeeNo} is not there`];
    const wrong = (['name', 'ends', 'face'] as const).filter((field) => found[field] !== person[field]);
    return wrong.map((field) => `${person.employeeNo} has ${field} ${found[field]}, the list says ${person[field]}`);
  });
  const tooMany = is
    .filter(({ employeeNo }) => !listed.has(employeeNo) && (isWhole || known.has(employeeNo)))
    .map(({ employeeNo }) => `${employeeNo} is still there`);
  return [...missing, ...tooMany];
}

/** Nobody is removed whom the list wants, nor, where the list is not everybody, whom it has never named. */
function wronglyRemoved({ terminals, journal, wanted }: History): string[] {
  const whole = new Set(terminals.flatMap(({ name, isWhole }) => (isWhole ? [name] : [])));
  const named = new Set(wanted.flatMap(({ persons }) => persons.map(({ employeeNo }) => employeeNo)));
  return journal.flatMap((entry) => {
    if (entry.what !== 'deleted' || entry.byHand) return [];
    const { terminal, employeeNo, at } = entry;
    if (!named.has(employeeNo)) {
      return whole.has(terminal) ? [] : [`foreign: ${terminal}: ${employeeNo} was removed, whom no list names`];
    }
    const isWanted = wantedBetween(wanted, terminal, at - STALE_MS, at).every(({ persons }) =>
      persons.some((person) => person.employeeNo === employeeNo),
    );
    return isWanted ? [`removed: ${terminal}: ${employeeNo}, whom the list wanted all the while`] : [];
  });
}

/** What was in force at any moment of that time. */
function wantedBetween(wanted: readonly WantedThen[], terminal: string, from: number, to: number): WantedThen[] {
  const own = wanted.filter((each) => each.terminal === terminal);
  return own.filter(({ since }, index) => since <= to && (own[index + 1]?.at ?? Infinity) >= from);
}

/** Nobody is ever given a face but their own. */
function wrongFaces({ journal }: History): string[] {
  return journal.flatMap((entry) => {
    if (entry.what !== 'bound' || entry.byHand) return [];
    const { terminal, employeeNo, face } = entry;
    const isOwn = face === `R${employeeNo}` || face.startsWith(`P${employeeNo}.`);
    return isOwn ? [] : [`face: ${terminal}: ${employeeNo} was given ${face}`];
  });
}

/** Two captures of different owners are 65 s apart, unless the first ended its ownership after its answer. */
function crossedCaptures({ captures, releases }: History): string[] {
  const isHandedOver = (first: CaptureSent, second: CaptureSent): boolean => {
    const { answeredAt } = first;
    if (answeredAt === undefined) return false;
    const instance = instanceOf(first);
    return releases.some(
      (each) =>
        each.serial === first.serial && each.instance === instance && each.at >= answeredAt && each.at <= second.at,
    );
  };
  return captures.flatMap((second, index) =>
    captures
      .slice(0, index)
      .filter(({ serial, owner }) => serial === second.serial && owner !== second.owner)
      .filter((first) => second.at - first.at < QUIET_MS && !isHandedOver(first, second))
      .slice(-1)
      .map((first) => {
        const seconds = ((second.at - first.at) / 1000).toFixed(1);
        return `captures: ${second.terminal}: ${second.owner} ${seconds} s after ${first.owner}, which had not handed over`;
      }),
  );
}

/** A wrong password is tried once by each instance in all its lives, but for tries of whose refusal it cannot have heard. */
function triedPasswords({ journal, terminals, troubles }: History): string[] {
  const tries = new Map<string, number>();
  const wrong: string[] = [];
  for (const entry of journal) {
    if (entry.what !== 'login rejected') continue;
    const isForbidden = terminals.some(({ name, isForbidden }) => name === entry.terminal && isForbidden);
    if (!isForbidden) wrong.push(`password: ${entry.terminal}: ${entry.owner} was rejected with the right one`);
    const instance = instanceOf(entry);
    if (isUnheard(troubles, instance, entry.at)) continue;
    const key = `${entry.terminal}: ${instance}`;
    tries.set(key, (tries.get(key) ?? 0) + 1);
  }
  const often = [...tries].filter(([, count]) => count > 1);
  return [...wrong, ...often.map(([key, count]) => `password: ${key} tried it ${count} times`)];
}

/** Whether an instance may not have got an answer that was given then: it died, stood still or was cut off. */
function isUnheard(troubles: readonly Trouble[], instance: string, at: number): boolean {
  return troubles.some(({ whom, what, from, to }) => {
    if (whom !== instance || !DEAFENING.has(what)) return false;
    // Whoever comes after a kill hears again; that takes longer than this.
    const end = what === 'kill' ? from : to;
    return at > from - HEARD_MS && at < end + HEARD_MS;
  });
}

function instanceOf({ owner }: { owner: Owner }): string {
  return owner.split('#')[0] ?? owner;
}

/** Nothing waits in the end; what could not be done is a dead letter; who was told to be registered, is. */
function lostWork({ terminals, leftover, dead, registered, journal, held }: History): string[] {
  const forbidden = new Set(terminals.flatMap(({ name, isForbidden }) => (isForbidden ? [name] : [])));
  const left = leftover.filter((name) => !forbidden.has(name)).map((name) => `work: left for ${name}`);
  const given = dead.filter((name) => !forbidden.has(name)).map((name) => `work: given up for ${name}`);
  const gone = [...forbidden]
    .filter((name) => !leftover.includes(name) && !dead.includes(name))
    .map((name) => `work: lost for ${name}, which takes none`);
  const lost = registered.flatMap(({ terminal, employeeNo, at }) => {
    const wasReplaced = journal.some((entry) => isReplaced(entry) && entry.terminal === terminal && entry.at > at);
    const shown = held.findLast((each) => each.terminal === terminal)?.persons ?? [];
    const face = shown.find((person) => person.employeeNo === employeeNo)?.face;
    return wasReplaced || face === `R${employeeNo}`
      ? []
      : [`registered: ${terminal}: ${employeeNo} has ${face ?? 'no face'}`];
  });
  return [...left, ...given, ...gone, ...lost];
}

function isReplaced({ what }: JournalEntry): boolean {
  return what === 'replaced';
}

/** Wherever one instance could work undisturbed for 30 s, each terminal that it reached was as the list said by the end of that. */
function lateTerminals(history: History): string[] {
  const { terminals, lives } = history;
  return terminals
    .filter(({ isForbidden }) => !isForbidden)
    .flatMap(({ name, isWhole }) =>
      unlike(history, name, isWhole).flatMap(([from, to]) => {
        const calm = [...lives.keys()].flatMap((instance) => undisturbed(history, [instance, name, 'all'], from, to));
        const longest = Math.max(0, ...calm);
        return longest > CONVERGED_MS + WATCHED_MS
          ? [
              `late: ${name}: not as the list said from ${clock(from)} to ${clock(to)}, and an instance had ${(longest / 1000).toFixed(1)} s`,
            ]
          : [];
      }),
    );
}

/** As the logs of Node-RED write it. */
function clock(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}

/** The times at which a terminal was not as the list said at any moment of them. */
function unlike({ wanted, held, endedAt }: History, name: string, isWhole: boolean): [number, number][] {
  const known = new Set(wanted.flatMap(({ persons }) => persons.map(({ employeeNo }) => employeeNo)));
  const lists = wanted.filter(({ terminal }) => terminal === name);
  const shown = held.filter(({ terminal }) => terminal === name);
  const moments = [...lists.map(({ at }) => at), ...shown.map(({ at }) => at)].sort((one, other) => one - other);
  const found: [number, number][] = [];
  let since: number | undefined;
  for (const moment of moments) {
    const should = lists.findLast(({ at }) => at <= moment)?.persons;
    const is = shown.findLast(({ at }) => at <= moment)?.persons ?? [];
    const isLike = !should || differences(is, should, isWhole, known).length === 0;
    // A list that has changed meanwhile is another list: its time begins anew.
    const isNew = lists.some(({ at }) => at === moment);
    if (since !== undefined && (isLike || isNew)) found.push([since, moment]);
    since = isLike ? undefined : isNew ? moment : (since ?? moment);
  }
  if (since !== undefined) found.push([since, endedAt]);
  return found;
}

/** The lengths of those parts of a time in which no trouble of these was on. */
function undisturbed({ troubles }: History, whom: readonly string[], from: number, to: number): number[] {
  const own = troubles.filter((trouble) => whom.includes(trouble.whom) && trouble.to > from && trouble.from < to);
  const lengths: number[] = [];
  let at = from;
  for (const trouble of own.sort((one, other) => one.from - other.from)) {
    if (trouble.from > at) lengths.push(trouble.from - at);
    at = Math.max(at, trouble.to);
  }
  if (to > at) lengths.push(to - at);
  return lengths;
}
