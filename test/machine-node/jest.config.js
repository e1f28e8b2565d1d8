const base = require('../../jest.config.js');

/** @type {import('jest').Config} */
module.exports = {
	...base,
	rootDir: '../..',
	// These are about programs that run on the Node.js in node_modules only.
	testPathIgnorePatterns: ['/node_modules/', '/benchServer.test.ts$', '/chaos.test.ts$', '/dataFolders.test.ts$'],
};
