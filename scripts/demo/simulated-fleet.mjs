// Simulated terminals for an example with many of them, and what fleet-from-csv reads: one process, one address a terminal.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
const TERMINALS = 20;
const MODELS = ['DS-K1T342MFWX-E1', 'DS-K1T673DX', 'DS-K1T342MX-E1', 'DS-K1T342MFX-E1', 'DS-K1T343EFWX'];
const PERSONS = ['Alex', 'Bo', 'Chris', 'Dana', 'Eli', 'Finn', 'Gray', 'Harper'];

/**
 * Starts the terminals, one of which is off, and writes terminals.csv, persons.csv and pictures into a folder.
 * @param hasAddresses whether 127.1.x.y is this computer; elsewhere than on Linux nobody answers there
 * @returns how many there are, and `stop`, which ends them
 */
export async function simulateFleet(folder, login, hasAddresses) {
  const { facePicture } = require('../../dist/simulator/simulated-terminal.js');
  const { terminals, places, stop } = await simulateTerminals(TERMINALS, login, { hasAddresses });
  mkdirSync(folder);
  const rows = places.map(({ host, port }, index) => {
    const number = String(index + 1).padStart(2, '0');
    return `House ${number},${host},${port},http,${index % 2 === 0 ? 'North' : 'South'}`;
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
  const [first, second] = terminals;
  first.edit({ person: { employeeNo: '900001', name: 'Nobody of the list' } });
  second.edit({
    person: {
      employeeNo: '100222',
      name: 'Another name',
      Valid: { enable: true, beginTime: '2025-01-01T00:00:00', endTime: '2035-12-31T23:59:59', timeType: 'local' },
      doorRight: '1',
      RightPlan: [{ doorNo: 1, planTemplateNo: '1' }],
    },
  });
  await terminals.at(-1).stop();
  return { count: terminals.length, stop };
}

/**
 * Starts so many terminals.
 * @param hasAddresses as above
 * @returns the terminals, the host and port of each, and `stop`, which ends them
 */
export function simulateTerminals(
  count,
  login,
  { models = MODELS, hasAddresses = process.platform === 'linux', ...settings } = {},
) {
  return (hasAddresses ? atAddresses : atPorts)(count, models, { ...settings, ...login });
}

/** One listener, an address a terminal. */
async function atAddresses(count, models, settings) {
  const { SimulatedFleet } = require('../../dist/simulator/simulated-fleet.js');
  const fleet = await SimulatedFleet.start({ count, models, ...settings });
  return {
    terminals: fleet.addresses.map((address) => fleet.terminal(address)),
    places: fleet.addresses.map((host) => ({ host, port: fleet.port })),
    stop: () => fleet.stop(),
  };
}

/** One address, a port a terminal. */
async function atPorts(count, models, settings) {
  const { SimulatedTerminal } = require('../../dist/simulator/simulated-terminal.js');
  const terminals = Array.from({ length: count }, (_none, index) => {
    const model = models[index % models.length];
    return new SimulatedTerminal({ port: 0, model, serialNumber: `${model}-SIMULATED-N${index + 1}`, ...settings });
  });
  for (const terminal of terminals) await terminal.start();
  return {
    terminals,
    places: terminals.map(({ address: { host, port } }) => ({ host, port })),
    stop: () => Promise.all(terminals.map((terminal) => terminal.stop())),
  };
}
