// Runs the unit tests of core/ for StrykerJS: loaded once, then run again and again in the same process, each time with
// another mutant switched on and only the tests that run through it. (Its own plugin for mocha wants an older mocha.)
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

import Mocha from 'mocha';

const SUCCESS = 0;
const FAILED = 1;

/**
 * The tests of the rooms that are mutated, the quick ones first: the first test that fails ends a run. With those of the rooms
 * above them (sync, events, artemis) each mutant would take ten times as long.
 */
const FOLDERS = [
  'test/core/http',
  ...['login', 'terminal', 'protocol', 'operations'].map((room) => `test/core/isapi/${room}`),
];
const LAST = /fuzz/;

class UnitTestsRunner {
  /** There the mutated code looks for the mutant that is switched on, and notes which mutants it has come through. */
  switches = (globalThis.__stryker__ ??= {});

  capabilities() {
    return { reloadEnvironment: false };
  }

  async init() {
    // The working directory is Stryker's copy of the project, with all mutants in it.
    createRequire(resolve('package.json'))('tsx/cjs');
    const { switches } = this;
    this.mocha = new Mocha({
      ui: 'bdd',
      bail: true,
      // A test that hangs is for Stryker to end, together with this process.
      timeout: 0,
      reporter: class {},
      rootHooks: {
        beforeEach() {
          switches.currentTestId = this.currentTest.fullTitle();
        },
        afterEach() {
          switches.currentTestId = undefined;
        },
      },
    });
    this.mocha.cleanReferencesAfterRun(false);
    for (const file of testFiles()) this.mocha.addFile(file);
    this.mocha.loadFiles();
  }

  async dryRun() {
    this.mocha.bail(false);
    const tests = await this.run(() => true);
    const broken = tests.find(({ status }) => status === FAILED);
    if (broken) return { status: 'error', errorMessage: `${broken.name}: ${broken.failureMessage}` };
    return { status: 'complete', tests, mutantCoverage: this.switches.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit }) {
    Object.assign(this.switches, { activeMutant: activeMutant.id, hitCount: hitLimit ? 0 : undefined, hitLimit });
    this.mocha.bail(true);
    const wanted = testFilter && new Set(testFilter);
    const tests = await this.run((title) => !wanted || wanted.has(title));
    const { hitCount } = this.switches;
    if (hitLimit && hitCount > hitLimit) return { status: 'timeout', reason: 'runs in a circle' };
    const killer = tests.find(({ status }) => status === FAILED);
    if (!killer) return { status: 'survived', nrOfTests: tests.length };
    const { id, failureMessage } = killer;
    return { status: 'killed', nrOfTests: tests.length, killedBy: [id], failureMessage };
  }

  /** Runs the tests whose full titles are wanted. */
  run(isWanted) {
    // Mocha filters by a pattern; all that it asks of one is this.
    this.mocha.options.grep = Object.assign(/x/, { test: isWanted });
    return new Promise((resolve) => {
      const tests = [];
      const startedAt = performance.now();
      const note = (test, status, error) =>
        tests.push({
          id: test.fullTitle(),
          name: test.fullTitle(),
          status,
          timeSpentMs: test.duration ?? performance.now() - startedAt,
          ...(error ? { failureMessage: String(error.stack ?? error) } : {}),
        });
      this.mocha
        .run(() => resolve(tests))
        .on('pass', (test) => note(test, SUCCESS))
        .on('fail', (test, error) => note(test.ctx?.currentTest ?? test, FAILED, error));
    });
  }
}

function testFiles() {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true })
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => resolve(join(folder, file))),
  );
  const rank = (file) => (LAST.test(file) ? 1 : 0);
  return files.sort((one, other) => rank(one) - rank(other));
}

export const strykerPlugins = [{ kind: 'TestRunner', name: 'unit-tests', injectableClass: UnitTestsRunner }];
