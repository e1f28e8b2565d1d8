/** The tests about programs of this repository. They say nothing about another Node.js or another n8n. */
const names = [
	...['benchServer', 'chaos', 'compatibilityPage', 'dataFolders', 'dependencies', 'docker', 'importRules', 'licenses'],
	...['parameterSnapshot', 'release', 'releaseDatabase', 'verify', 'workflows'],
];
// It throws if one of them has another name now.
for (const name of names) require.resolve(`./${name}.test.ts`);

/** As jest's `testPathIgnorePatterns` takes them. */
module.exports = names.map((name) => `/test/${name}\\.test\\.ts$`);
