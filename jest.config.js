/** @type {import('jest').Config} */
module.exports = {
	roots: ['<rootDir>/test'],
	testEnvironment: 'node',
	transform: { '^.+\\.ts$': ['ts-jest', { tsconfig: 'test/tsconfig.json', diagnostics: false }] },
	setupFiles: ['<rootDir>/test/harness/isolate.ts'],
	setupFilesAfterEnv: ['<rootDir>/test/harness/repeat.ts'],
	// As many as there are cores. On two of them, jest would use one.
	maxWorkers: '100%',
	// It only ends a test that hangs, also on a busy machine.
	testTimeout: 120_000,
};
