import fc from 'fast-check';
import { anySchedule } from './schedule.js';
import { runSchedule } from './run-schedule.js';
import { Lab } from './lab.js';
const orig = Lab.prototype.capture;
const t0 = Date.now();
Lab.prototype.capture = async function (w: any, t: any) { const s = Date.now(); console.log(s-t0, 'cap', w.deadlineMs, (this.terminal.enrolment as any).settlesAt - s, !!(this.terminal.enrolment as any).turn, !!(this.terminal.enrolment as any).reservation); try { const r = await orig.call(this, w, t); console.log(Date.now()-t0, JSON.stringify(r).slice(0,100)); return r; } catch (e) { console.log(Date.now()-t0, String(e).slice(0,100)); throw e; } };
void (async () => {
  const s = fc.sample(anySchedule({}), {seed: Number(process.argv[2]), numRuns: 1})[0]!;
  console.log(JSON.stringify(s));
  console.log(await runSchedule(s));
})();
