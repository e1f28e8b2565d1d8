#!/usr/bin/env node
/*
 * Runs the server on a Node.js that is new enough: this one, or the one that comes with the package `node`. Old versions
 * of Node.js must be able to read this file, so it has no newer syntax and imports nothing of the package but nodeOptions.cjs.
 */
'use strict';

var childProcess = require('child_process');
var path = require('path');
var nodeOptions = require('./nodeOptions.cjs');

// The server is tested with this version, and package.json names it exactly.
var wanted = require('../package.json').dependencies.node;
var main = path.join(__dirname, '..', 'dist', 'main.js');

/** Whether a version such as 24.21.0 is at least another one. */
function isAtLeast(version, other) {
	var ours = version.split('.').map(Number);
	var theirs = other.split('.').map(Number);
	for (var i = 0; i < 3; i += 1) {
		if (ours[i] !== theirs[i]) return ours[i] > theirs[i];
	}
	return true;
}

/** The program of the package `node`. Undefined if npm could not install it. */
function installedNode() {
	try {
		var folder = path.dirname(require.resolve('node/package.json'));
		var program = path.join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
		var version = childProcess.execFileSync(program, ['--version'], { encoding: 'utf8' }).trim().slice(1);
		return isAtLeast(version, wanted) ? program : undefined;
	} catch (error) {
		return undefined;
	}
}

/** Starts the server in a process of its own, which gets all signals, and ends as it ends. */
function startIn(program) {
	// The channel tells the server when this process is gone.
	var flags = nodeOptions.missingFlags(process.execArgv, process.env).concat(process.execArgv);
	var child = childProcess.spawn(program, flags.concat(main, process.argv.slice(2)), {
		env: nodeOptions.withFewArenas(process.env),
		stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
	});
	var signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
	signals.forEach(function (signal) {
		process.on(signal, function () {
			child.kill(signal);
		});
	});
	child.on('error', function (error) {
		process.stderr.write('humanloop-server cannot be started with ' + program + ': ' + error.message + '.\n');
		process.exit(1);
	});
	child.on('close', function (code, signal) {
		if (signal === null) process.exit(code);
		signals.forEach(function (name) {
			process.removeAllListeners(name);
		});
		process.kill(process.pid, signal);
	});
}

if (isAtLeast(process.versions.node, wanted)) {
	require('./main.cjs');
} else {
	var program = installedNode();
	if (program === undefined) {
		process.stderr.write(
			'humanloop-server needs Node.js ' +
				wanted +
				' or later, and this is ' +
				process.versions.node +
				': install that one, or run npm install again so that it can install the package node.\n',
		);
		process.exit(1);
	}
	startIn(program);
}
