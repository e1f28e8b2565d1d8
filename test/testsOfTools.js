const { existsSync } = require('node:fs');
const path = require('node:path');

const names = [
	...['benchServer', 'chaos', 'compatibilityPage', 'dataFolders', 'dependencies', 'docker', 'importRules', 'licenses'],
	...['parameterSnapshot', 'release', 'releaseDatabase', 'verify', 'workflows'],
];
for (const name of names)
	if (!existsSync(path.join(__dirname, `${name}.test.ts`))) throw new Error(`test/testsOfTools.js: no ${name}.test.ts`);

/** Patterns of the tests about programs of this repository. They say nothing about another Node.js or another n8n. */
module.exports = names.map((name) => `/test/${name}\\.test\\.ts$`);
