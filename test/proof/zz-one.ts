import fc from 'fast-check';
import { anySchedule } from './schedule.js';
import { runSchedule } from './run-schedule.js';
const [,, n0, n1, foreign, lanes='12'] = process.argv;
import { Lab } from './lab.js';
const stat: Record<string, number> = {};
const close = Lab.prototype.close;
Lab.prototype.close = function () { for (const e of this.events) { const k = e.event === 'fault' ? `fault ${e.fault.kind} ${e.path.split('/').pop()}` : e.event === 'face bound' ? `bound ${e.source}` : e.event; stat[k] = (stat[k] ?? 0) + 1; } return close.call(this); };
const bind = Lab.prototype.bind; const cap = Lab.prototype.capture;
Lab.prototype.bind = function (...a: any[]) { const r = (bind as any).apply(this, a); r.then(() => stat['=bind ok'] = (stat['=bind ok'] ?? 0) + 1, (e: any) => stat['=bind ' + e.code] = (stat['=bind ' + e.code] ?? 0) + 1); return r; } as any;
void (async () => {
  const all: any[] = [];
  for (let s = Number(n0); s < Number(n1); s++) all.push([s, fc.sample(anySchedule({foreign: foreign==='f'}), {seed: s, numRuns: 1})[0]]);
  let i = 0; const t = Date.now(); let bad = 0;
  await Promise.all(Array.from({length: Number(lanes)}, async () => {
    while (i < all.length) {
      const [s, x] = all[i++];
      const t1 = Date.now();
      const w = await runSchedule(x);
      if (Date.now()-t1 > 8000) console.log('SLOW', s, Date.now()-t1);
      if (w.length) { bad++; console.log(s, JSON.stringify(w)); }
    }
  }));
  console.log(stat);
  console.log('done', bad, 'of', all.length, Date.now()-t, 'ms');
})();
