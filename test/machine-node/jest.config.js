const base = require('../../jest.config.js');

// These are about programs of this repository, which run on the Node.js in node_modules only.
const ofTools =
	'benchServer|chaos|compatibilityPage|dataFolders|dependencies|docker|importRules|licenses|parameterSnapshot|release|releaseDatabase|verify|workflows';

/** @type {import('jest').Config} */
module.exports = {
	...base,
	rootDir: '../..',
	testPathIgnorePatterns: ['/node_modules/', `/(${ofTools}).test.ts$`],
};
