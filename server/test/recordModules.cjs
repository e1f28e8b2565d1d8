'use strict';
/*
 * Preload this file to write the address of each module that the main thread loads to the file LOADED_MODULES, one in a
 * line. Older versions of Node.js, which start the server in a newer one, record nothing.
 */
const { appendFileSync } = require('node:fs');
const module_ = require('node:module');
const { isMainThread } = require('node:worker_threads');

const file = process.env.LOADED_MODULES;
if (isMainThread && file !== undefined && module_.registerHooks !== undefined) {
	module_.registerHooks({
		load(url, context, nextLoad) {
			appendFileSync(file, `${url}\n`);
			return nextLoad(url, context);
		},
	});
}
