import { createRequire } from 'node:module';

const require = createRequire(__filename);

/** Which line of Node-RED this test process runs: 4.1 (the alias `node-red-4`) or 5. */
export const line = process.env['NODE_RED_LINE'] === '4' ? '4.1' : '5';

/** Path of that line's main file. */
export const runtimePath = line === '4.1' ? require.resolve('node-red-4') : require.resolve('node-red');
