const base = require('../../jest.config.js');
const testsOfTools = require('../testsOfTools.js');

/** @type {import('jest').Config} */
module.exports = {
	...base,
	rootDir: '../..',
	// The programs of this repository run on the Node.js in node_modules only.
	testPathIgnorePatterns: ['/node_modules/', ...testsOfTools],
};
