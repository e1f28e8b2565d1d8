// Under `.ci/run`, a failed test runs once more, after its error is printed. See server/test/run.ts for why.
if (process.env.REPEAT_FAILED === '1') jest.retryTimes(1, { logErrorsBeforeRetry: true });
