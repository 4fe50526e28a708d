import path from 'node:path';

import { reporters, Runner, type Hook, type Test } from 'mocha';

/**
 * For stages with a real browser, whose files get one more try: on a machine that does several things at once a page is now and
 * then later than anybody waits. Names the files in which something failed, for scripts/test.mjs, which runs them again in a
 * process of their own: a test alone would meet what its first try has left behind.
 */
class SecondTry extends reporters.Spec {
  constructor(runner: Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const files = new Set<string>();
    runner.on(Runner.constants.EVENT_TEST_FAIL, (failed: Test | Hook) => {
      const file = failed.file ?? failed.parent?.file;
      if (file) files.add(path.relative(process.cwd(), file));
    });
    runner.on(Runner.constants.EVENT_RUN_END, () => {
      for (const file of files) process.stdout.write(`failed in ${file}\n`);
    });
  }
}

module.exports = SecondTry;
