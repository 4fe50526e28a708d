// Simulated terminals for an example with a directory in a file, and what it reads: one process, one address a terminal.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
const TERMINALS = 20;
const MODELS = ['DS-K1T342MFWX-E1', 'DS-K1T673DX', 'DS-K1T342MX-E1', 'DS-K1T342MFX-E1', 'DS-K1T343EFWX'];
const PERSONS = ['Alex', 'Bo', 'Chris', 'Dana', 'Eli', 'Finn', 'Gray', 'Harper'];

/**
 * Starts the terminals (on Linux: elsewhere nobody answers at their addresses), one of which is off, and writes terminals.csv, persons.csv and pictures into a folder.
 * @returns the fleet; its stop() ends it
 */
export async function simulateFleet(folder, login) {
  const { SimulatedFleet } = require('../../dist/simulator/simulated-fleet.js');
  const { facePicture } = require('../../dist/simulator/simulated-terminal.js');
  const fleet = await SimulatedFleet.start({ count: TERMINALS, models: MODELS, ...login });
  mkdirSync(folder);
  const rows = fleet.addresses.map((host, index) => {
    const number = String(index + 1).padStart(2, '0');
    return `House ${number},${host},${fleet.port},http,${index % 2 === 0 ? 'North' : 'South'}`;
  });
  writeFileSync(join(folder, 'terminals.csv'), ['name,host,port,protocol,site', ...rows, ''].join('\n'));
  const persons = PERSONS.map((name, index) => {
    writeFileSync(join(folder, `${name}.jpg`), facePicture(name));
    return `${100222 + index},${name},1,2035-12-31T23:59:59,00${12345678 + index},${name}.jpg`;
  });
  writeFileSync(
    join(folder, 'persons.csv'),
    ['employeeNo,name,doorRight,endTime,cards,face', ...persons, ''].join('\n'),
  );
  // Somebody has edited on two of them, and one is off.
  const [first, second] = fleet.addresses;
  fleet.terminal(first).edit({ person: { employeeNo: '900001', name: 'Nobody of the list' } });
  fleet.terminal(second).edit({
    person: {
      employeeNo: '100222',
      name: 'Another name',
      Valid: { enable: true, beginTime: '2025-01-01T00:00:00', endTime: '2035-12-31T23:59:59', timeType: 'local' },
      doorRight: '1',
      RightPlan: [{ doorNo: 1, planTemplateNo: '1' }],
    },
  });
  await fleet.terminal(fleet.addresses.at(-1)).stop();
  return fleet;
}
