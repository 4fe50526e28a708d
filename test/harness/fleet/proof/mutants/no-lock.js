/* global require */
// The advisory lock is off: whoever wants a terminal has it.
const { load, replace, isNodeRed } = require('./mutate.js');

if (isNodeRed) {
  const { Ownership } = load('fleet/dist/core/ownership/ownership.js');
  replace(
    Ownership.prototype,
    'take',
    () =>
      function (serial, connection) {
        return Promise.resolve(this.claim(serial, connection, { takenOver: false, quietUntil: 0 }));
      },
  );
}
