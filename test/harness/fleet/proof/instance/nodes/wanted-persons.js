/* global require, module, __dirname */
// A node as an integrator might write it: asks the house's database who is to be on a terminal, in one statement, so that a
// list is whole or is none. Where the list is everybody, output 2; else output 1, where those who may not come are named too.
const path = require('node:path');

const root = path.resolve(__dirname, '../../../../../..');
const { Pool } = require('pg');
const { facePicture } = require(path.join(root, 'dist/simulator/simulated-terminal.js'));

const WANTED = 'SELECT number, name, ends, face, may FROM house.wanted WHERE terminal = $1 ORDER BY number';

module.exports = (RED) => {
  RED.nodes.registerType('wanted-persons', function WantedPersons(config) {
    RED.nodes.createNode(this, config);
    const whole = new Set(config.whole.split(','));
    const pool = new Pool({
      ...{ connectionString: config.url, max: 5, application_name: 'wanted persons' },
      ...{ connectionTimeoutMillis: 3000, query_timeout: 5000, statement_timeout: 5000 },
    });
    pool.on('error', () => undefined);
    this.on('input', async (msg, send, done) => {
      try {
        const { rows } = await pool.query(WANTED, [msg.terminal]);
        const isWhole = whole.has(msg.terminal);
        msg.payload = rows.filter(({ may }) => may || !isWhole).map(asListed);
        send(isWhole ? [null, msg] : [msg, null]);
        done();
      } catch (error) {
        done(error);
      }
    });
    this.on('close', (done) => void pool.end().then(done, done));
  });
};

function asListed({ number, name, ends, face, may }) {
  if (!may) return { employeeNo: number, remove: true };
  const beginTime = '2019-01-01T00:00:00';
  return {
    employeeNo: number,
    name,
    beginTime,
    endTime: ends,
    doorRight: '1',
    face: facePicture(`P${number}.${face}`),
  };
}
