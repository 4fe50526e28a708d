import { reporters, Runner, type Test } from 'mocha';

/**
 * For stages with a real browser, whose tests get one more try: on a machine that does several things at once a page is now and
 * then later than anybody waits. The first failure is said in full, so that a test that needs its second try often is found.
 */
class SecondTry extends reporters.Spec {
  constructor(runner: Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    runner.on(Runner.constants.EVENT_TEST_RETRY, (test: Test, error: Error) => {
      process.stdout.write(`    (second try: ${test.fullTitle()}: ${error.stack ?? error.message})\n`);
    });
  }
}

module.exports = SecondTry;
