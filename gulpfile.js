const { spawn } = require('node:child_process');
const { rm } = require('node:fs/promises');
const { dest, series, src, watch } = require('gulp');

const run = (script, ...args) => spawn(process.execPath, [require.resolve(script), ...args], { stdio: 'inherit' });

const clean = () => rm('dist', { recursive: true, force: true });

const compile = () => run('typescript/bin/tsc');

// Icons, and what n8n's editor shows of an operation's items before it runs. Without `encoding: false`, gulp 5 reads
// files as UTF-8 and would damage binary ones.
const copyFiles = () =>
	src(['nodes/**/*.svg', 'nodes/**/__schema__/**/*.json'], { base: '.', encoding: false }).pipe(dest('dist'));

const cleanServer = () => rm('server/dist', { recursive: true, force: true });

// Node.js runs no TypeScript below node_modules, so the server's package has JavaScript.
const compileServer = () => run('typescript/bin/tsc', '-p', 'server/tsconfig.build.json');

/** Runs the tests, or with `--tests=log` those whose path has "log" in it. A failed test does not end the watch. */
const test = (done) => {
	const paths = process.argv.filter((arg) => arg.startsWith('--tests=')).map((arg) => arg.slice('--tests='.length));
	run('jest/bin/jest', ...paths).on('exit', () => done());
};

exports.build = series(clean, compile, copyFiles);
exports.watch = series(exports.build, test, () => {
	watch(['nodes/**', 'credentials/**', 'test/**/*.ts'], series(compile, test));
});
exports.server = series(cleanServer, compileServer);
exports.default = exports.build;
