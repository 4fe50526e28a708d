// What the lists in the bench are made of: persons, terminals, and how work at many of them is measured.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

export const LOGIN = { username: 'admin', password: 'bench-Secret-1' };
/** Takes persons by SetUp and pictures by FDSetUp; 3,000 persons, 30 on a page. */
const MODEL = 'DS-K1T342MFWX-E1';
/** Terminals that are worked on at once: as many as fleet-in gives where nobody says otherwise. */
export const AT_ONCE = 20;

/** Simulated terminals in a process of their own. */
export async function openFleet(count) {
  // A connection is kept for as long as all others take.
  const settings = { count, models: [MODEL], idleSeconds: 600, ...LOGIN };
  const child = fork(fileURLToPath(new URL('fleet.mjs', import.meta.url)), [JSON.stringify(settings)]);
  const answer = async () => (await once(child, 'message'))[0];
  const { addresses, port } = await answer();
  return {
    addresses,
    port,
    /** Requests so far, persons and faces of all terminals together, and seconds of CPU. */
    standing: () => {
      child.send({});
      return answer();
    },
    close: () => child.disconnect(),
  };
}

/** A list as a message brings it. */
export function people(count, more = () => ({})) {
  return Array.from({ length: count }, (_none, index) => ({
    ...{ employeeNo: String(index + 1).padStart(6, '0'), name: `Person ${index + 1}`, doorRight: '1' },
    ...{ beginTime: '2026-01-01T00:00:00', endTime: '2036-01-01T00:00:00' },
    ...more(index + 1),
  }));
}

/** Does the job for each of them, so many at once, and says what it cost this process and that of the terminals. */
export async function everywhere(fleet, all, job) {
  const left = all.values();
  const { cpu: fleetCpu } = await fleet.standing();
  const cpu = process.cpuUsage();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let peakRss = process.memoryUsage.rss();
  const sampling = setInterval(() => (peakRss = Math.max(peakRss, process.memoryUsage.rss())), 50);
  const startedAt = performance.now();
  delay.enable();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const each of left) await job(each);
    }),
  );
  delay.disable();
  const seconds = (performance.now() - startedAt) / 1000;
  clearInterval(sampling);
  const { user, system } = process.cpuUsage(cpu);
  const terminalCpu = (await fleet.standing()).cpu - fleetCpu;
  return { seconds, terminalCpu, cpu: (user + system) / 1e6, p99: delay.percentile(99) / 1e6, rss: mib(peakRss) };
}

export function mib(bytes) {
  return bytes / 2 ** 20;
}

/** What stays of the heap when all garbage has gone. */
export function heap() {
  global.gc();
  return mib(process.memoryUsage().heapUsed);
}
