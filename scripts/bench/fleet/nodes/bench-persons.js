/* global require, module, __dirname */
// Gives the list of the bench: 20 persons, five with a picture; of one the name is another one with each version in the database.
const path = require('node:path');

const root = path.resolve(__dirname, '../../../..');
const { Pool } = require('pg');
const { facePicture } = require(path.join(root, 'dist/simulator/simulated-terminal.js'));

const PERSONS = 20;
const FACE_EVERY = 4;
const picture = facePicture('Bench');

module.exports = (RED) => {
  RED.nodes.registerType('bench-persons', function BenchPersons(config) {
    RED.nodes.createNode(this, config);
    const pool = new Pool({ connectionString: config.url, max: 5 });
    pool.on('error', () => undefined);
    this.on('input', async (msg, send, done) => {
      try {
        const { rows } = await pool.query('SELECT version FROM bench');
        msg.payload = people(rows[0].version);
        send(msg);
        done();
      } catch (error) {
        done(error);
      }
    });
    this.on('close', (done) => void pool.end().then(done, done));
  });
};

function people(version) {
  return Array.from({ length: PERSONS }, (_none, index) => ({
    ...{ employeeNo: String(index + 1).padStart(6, '0'), doorRight: '1' },
    name: index === 6 && version > 0 ? `Another name ${version}` : `Person ${index + 1}`,
    ...{ beginTime: '2026-01-01T00:00:00', endTime: '2036-01-01T00:00:00' },
    ...((index + 1) % FACE_EVERY === 0 ? { face: picture, faceVersion: '1' } : {}),
  }));
}
