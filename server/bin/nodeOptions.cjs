/*
 * What the server's Node.js is started with. Old versions of Node.js must be able to read this file, so it has no newer
 * syntax and imports nothing of the package.
 */
'use strict';

/*
 * Without these, V8 keeps 128 MB for new objects alone as soon as calls arrive, and collects old ones only when there are
 * hundreds of megabytes of them.
 */
var flags = ['--max-semi-space-size=16', '--initial-old-space-size=32', '--heap-growing-percent=40'];

/** The flags that are set neither in `args`, those of Node.js, nor in the variable NODE_OPTIONS of `env`. */
function missingFlags(args, env) {
	var given = args.concat((env.NODE_OPTIONS || '').split(' ')).map(function (arg) {
		return arg.split('=')[0].replace(/_/g, '-');
	});
	return flags.filter(function (flag) {
		return given.indexOf(flag.split('=')[0]) === -1;
	});
}

/**
 * The environment `env` for the server. The C library of Linux keeps an arena of memory for each thread, up to eight for
 * each core: two are enough for this server, and take 20 MB less under load.
 */
function withFewArenas(env) {
	return Object.assign({ MALLOC_ARENA_MAX: '2' }, env);
}

module.exports = { missingFlags: missingFlags, withFewArenas: withFewArenas };
