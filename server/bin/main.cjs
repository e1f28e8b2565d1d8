// In a file of its own: old versions of Node.js cannot read this syntax.
'use strict';

const path = require('node:path');
const { dependencies } = require('../package.json');
const { missingFlags, withFewArenas } = require('./nodeOptions.cjs');

const majorOf = (version) => version.split('.')[0];
// Some of the flags are V8's own. A later Node.js may have another V8, and does not start with a flag that this does not know.
const knowsFlags = majorOf(process.versions.node) === majorOf(dependencies.node);
const args = process.argv.slice(2);
const isServer = args[0] === undefined || args[0] === 'start' || args[0].startsWith('-');
const flags = missingFlags(process.execArgv, process.env);

// Replaces this program by itself with the flags, in the same process. Windows cannot do that, and a channel to the
// program that started this one would be lost: the server works without the flags, and takes more memory.
if (isServer && knowsFlags && flags.length > 0 && process.execve !== undefined && process.channel === undefined) {
	const main = path.join(__dirname, '..', 'dist', 'main.js');
	const node = process.execPath;
	process.execve(node, [node, ...flags, ...process.execArgv, main, ...args], withFewArenas(process.env));
}

import('../dist/main.js');
