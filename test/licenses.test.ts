import { readFileSync } from 'node:fs';

import { bundledIn, installedWith, type LockPackages } from '../verify/shipped.ts';
import { isCompatible } from '../verify/spdx.ts';

test.each([
	['MIT', true],
	['GPL-3.0-only', false],
	['LGPL-3.0-or-later', false],
	['UNLICENSED', false],
	['SEE LICENSE IN LICENSE.md', false],
	[undefined, false],
	['', false],
	['(AFL-2.1 OR BSD-3-Clause)', true],
	['GPL-2.0-only OR AGPL-3.0-only', false],
	['MIT AND ISC', true],
	['MIT AND GPL-3.0-only', false],
	['MIT AND (GPL-3.0-only OR Apache-2.0)', true],
	['GPL-3.0-only AND MIT OR ISC', true],
	['Apache-2.0 WITH LLVM-exception', false],
	['(MIT', false],
])('%s is compatible with MIT: %s', (expression, expected) => {
	expect(isCompatible(expression)).toBe(expected);
});

const packages: LockPackages = {
	'': { dependencies: { root: '1' } },
	server: { dependencies: { a: '1', own: '1' }, optionalDependencies: { missing: '1' } },
	'node_modules/server': { link: true, resolved: 'server' },
	'node_modules/root': { version: '1.0.0', license: 'GPL-3.0-only' },
	'node_modules/a': {
		version: '1.0.0',
		license: 'MIT',
		dependencies: { b: '1', '@x/c': '1' },
		peerDependencies: { p: '1' },
	},
	'node_modules/a/node_modules/b': { version: '2.0.0', license: 'ISC' },
	'node_modules/b': { version: '1.0.0', license: 'GPL-3.0-only' },
	'node_modules/@x/c': { version: '3.0.0' },
	'node_modules/p': { version: '4.0.0', license: 'MIT' },
	'server/node_modules/own': { version: '5.0.0', license: 'MIT', dependencies: { a: '1' } },
};

test('what is installed is found as Node.js finds it, and nothing of the rest', () => {
	expect(installedWith(packages, 'server')).toEqual([
		{ name: '@x/c', version: '3.0.0', license: undefined },
		{ name: 'a', version: '1.0.0', license: 'MIT' },
		{ name: 'b', version: '2.0.0', license: 'ISC' },
		{ name: 'own', version: '5.0.0', license: 'MIT' },
		{ name: 'p', version: '4.0.0', license: 'MIT' },
	]);
	const lacking = { ...packages, server: { dependencies: { gone: '1' } } };
	expect(() => installedWith(lacking, 'server')).toThrow('package-lock.json lacks gone, which server depends on');
});

test('the lock file has what the server depends on, and no more than the whole tree', () => {
	const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: LockPackages };
	const names = installedWith(lock.packages, 'server').map(({ name }) => name);
	const server = JSON.parse(readFileSync('server/package.json', 'utf8')) as { dependencies: Record<string, string> };
	for (const name of Object.keys(server.dependencies)) expect(names).toContain(name);
	for (const name of ['typescript', 'jest', 'n8n-core', 'vite']) expect(names).not.toContain(name);
});

test('of the page, each package is found with its license and its text', () => {
	const markdown = `# Licenses\n\nThe app bundles:\n\n## @x/y - 1.2.3 (MIT)\n\nMIT License\n\n## Terms\n\nKeep this.\n\n## z - 0.1.0\n`;
	expect(bundledIn(markdown)).toEqual([
		{ name: '@x/y', version: '1.2.3', license: 'MIT', text: 'MIT License\n\n## Terms\n\nKeep this.' },
		{ name: 'z', version: '0.1.0', license: undefined, text: '' },
	]);
});
