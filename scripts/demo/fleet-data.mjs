// What the examples of the companion begin with, and the changes that are made while they run; the database alone is told.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const NAMES = ['Alex', 'Bo', 'Chris', 'Dana', 'Eli', 'Finn', 'Gray', 'Harper'];
const SITES = ['Harbour', 'Hill', 'Market', 'Park', 'Station'];
/** They take pictures, so that they can be as wanted without anybody who stands in front. */
export const MODELS = ['DS-K1T342MFWX-E1', 'DS-K1T673DX', 'DS-K1T342MX-E1', 'DS-K1T342MFX-E1'];

/** Forty people with faces; numbers as texts, so that their zeros stay. */
function people(count) {
  const { facePicture } = require('../../dist/simulator/simulated-terminal.js');
  return Array.from({ length: count }, (_none, index) => {
    const name = `${NAMES[index % NAMES.length]} ${String.fromCharCode(65 + Math.trunc(index / NAMES.length))}.`;
    return {
      no: String(1001 + index).padStart(6, '0'),
      name,
      cards: [String(12345601 + index)],
      face: facePicture(name),
    };
  });
}

const insertPeople = (table) => `INSERT INTO ${table} (no, name, cards, picture) VALUES ($1, $2, $3, $4)`;

/** Fifty terminals at five sites; everybody may enter at two of them. */
const fleet = {
  terminals: 50,
  people: 40,
  siteOf: (index) => SITES[Math.trunc(index / 10)],
  nameOf: (index) => `${SITES[Math.trunc(index / 10)]} ${String((index % 10) + 1).padStart(2, '0')}`,
  async fill(database, places) {
    await database.query('BEGIN');
    for (const [index, { host, port }] of places.entries()) {
      const values = [this.nameOf(index), host, port, this.siteOf(index)];
      await database.query(
        "INSERT INTO access.terminal (name, host, port, protocol, site) VALUES ($1, $2, $3, 'http', $4)",
        values,
      );
    }
    for (const [index, { no, name, cards, face }] of people(this.people).entries()) {
      await database.query(insertPeople('access.person'), [no, name, cards, face]);
      const sites = [SITES[index % SITES.length], SITES[(index + 1) % SITES.length]];
      await database.query('INSERT INTO access.may_enter SELECT $1, unnest($2::text[])', [no, sites]);
    }
    await database.query('COMMIT');
  },
  wanted: 'SELECT terminal, "employeeNo" AS no, name, "endTime" AS end FROM access.wanted WHERE NOT remove',
  everybody: "UPDATE access.person SET until = until - interval '1 day'",
  one: (name) => ["UPDATE access.person SET name = $1 WHERE no = '001001'", [name]],
};

/** Three terminals of one site; everybody may enter. */
const pair = {
  terminals: 3,
  people: 12,
  siteOf: () => 'House',
  nameOf: (index) => ['Entrance', 'Yard', 'Office'][index],
  async fill(database) {
    await database.query('BEGIN');
    for (const { no, name, cards, face } of people(this.people)) {
      await database.query(insertPeople('pair.person'), [no, name, cards, face]);
    }
    await database.query("SELECT hikvision_fleet.work_all('change')");
    await database.query('COMMIT');
  },
  wanted: `SELECT t.name AS terminal, no, p.name, to_char(until, 'YYYY-MM-DD"T"HH24:MI:SS') AS end
    FROM pair.person p, hikvision_fleet.terminal t WHERE NOT gone`,
  everybody: "UPDATE pair.person SET until = until - interval '1 day'; SELECT hikvision_fleet.work_all('change')",
  one: (name) => [
    "WITH changed AS (UPDATE pair.person SET name = $1 WHERE no = '001001') SELECT hikvision_fleet.work_all('change')",
    [name],
  ],
};

export const SCENES = { fleet, pair };
