const { spawn } = require('node:child_process');
const { rm } = require('node:fs/promises');
const { dest, series, src } = require('gulp');

const clean = () => rm('dist', { recursive: true, force: true });

const compile = () => spawn(process.execPath, [require.resolve('typescript/bin/tsc')], { stdio: 'inherit' });

// Without `encoding: false`, gulp 5 reads files as UTF-8 and would damage binary ones.
const copyIcons = () => src('nodes/**/*.svg', { base: '.', encoding: false }).pipe(dest('dist'));

exports.build = series(clean, compile, copyIcons);
exports.default = exports.build;
