// For `npm run mutation` (scripts/mutation.mjs), which says what to mutate.
export default {
  testRunner: 'unit-tests',
  plugins: ['./scripts/mutation/unit-tests-runner.mjs'],
  // Each mutant meets only the tests that run through it.
  coverageAnalysis: 'perTest',
  // What runs only while a file is loaded would need a new process for each mutant.
  ignoreStatic: true,
  concurrency: 2,
  // A process that has met many mutants may carry something over from one of them.
  maxTestRunnerReuse: 100,
  // A mutant that hangs is found by this and not by mocha, so that its process is thrown away.
  timeoutMS: 5000,
  timeoutFactor: 2,
  reporters: ['clear-text', 'progress', 'html', 'json'],
  clearTextReporter: { logTests: false, reportTests: false },
  htmlReporter: { fileName: '.output/mutation/index.html' },
  jsonReporter: { fileName: '.output/mutation/report.json' },
  tempDirName: '.output/stryker',
  ignorePatterns: ['.ci', '.github', '.output', 'dist', 'dist.*', 'docs', 'examples', 'resources'],
};
