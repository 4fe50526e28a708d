import type { Context, Test } from 'mocha';

/**
 * For stages with a real browser, whose tests get one more try: on a machine that does several things at once a page is now and
 * then later than anybody waits. It is said, so that a test that needs it often is found.
 */
export const mochaHooks = {
  afterEach(this: Context): void {
    const test = this.currentTest as (Test & { currentRetry(): number }) | undefined;
    if (test && test.currentRetry() > 0) process.stdout.write(`    (second try: ${test.fullTitle()})\n`);
  },
};
