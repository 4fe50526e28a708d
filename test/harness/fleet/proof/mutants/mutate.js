/* global require, module, __dirname, process */
// Changes the program before Node-RED loads it, as --require does. A mutant that changes what is gone, or what nothing
// calls, proves nothing: the one stops the process, of the other the run looks for the line that is printed here.
const path = require('node:path');

const root = path.resolve(__dirname, '../../../../..');
const require_ = (file) => require(path.join(root, file));

/** @param make gets the real function and gives what stands in its place, called with the same `this` */
function replace(owner, name, make) {
  const real = owner?.[name];
  if (typeof real !== 'function') throw new Error(`the mutant replaces what is gone: ${name}()`);
  const mutated = make(real);
  let wasCalled = false;
  owner[name] = function (...args) {
    if (!wasCalled) process.stdout.write(`mutant: ${name}() is called\n`);
    wasCalled = true;
    return mutated.apply(this, args);
  };
}

// Workers and the command line of npm read NODE_OPTIONS too; only Node-RED itself is meant.
module.exports = { load: require_, replace, isNodeRed: /red\.js$/.test(process.argv[1] ?? '') };
