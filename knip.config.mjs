// What counts as unused in `npm test`: files that nothing below reaches, exports that no file imports (tests count),
// dependencies that no file names.
import manifest from './package.json' with { type: 'json' };

export default {
  entry: [
    // As Node-RED names the built files.
    ...Object.values(manifest['node-red'].nodes).map((file) => file.replace(/^dist\/(.*)\.js$/, '$1.ts')),
    // The build makes the pages and resources/ of these.
    'nodes/*/dialog.ts',
    'nodes/editor/start.ts',
    'scripts/*.mjs',
    // Started as processes of their own, or copied, by path.
    'scripts/bench/*.mjs',
    'scripts/mutation/*.mjs',
    'stryker.config.mjs',
    'test/package/settings.cjs',
    'test/harness/http/body-memory.ts',
    'test/harness/browser/second-try.ts',
    'test/**/*.test.ts',
  ],
  project: ['{core,nodes,simulator,scripts,test}/**/*.{ts,mjs,cjs,js}', '*.mjs'],
  // It takes our runner of tests for one of Stryker's packages.
  stryker: false,
  ignoreDependencies: [
    // The example flows need it; Node-RED finds it by its node types.
    '@flowfuse/node-red-dashboard',
    // The types of the editor, which the compiler finds by the packages that they describe.
    ...['@types/jquery', '@types/node-red__editor-client'],
  ],
};
