import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { INodeType } from 'n8n-workflow';

import { loadPackage } from './harness/loadPackage.ts';

/** The package as people get it: packed by npm, unpacked elsewhere. */
let folder: string;
let files: string[];
beforeAll(() => {
	// Below node_modules, because an installed package finds its peer n8n-workflow above itself.
	mkdirSync('node_modules/.cache', { recursive: true });
	folder = mkdtempSync(path.resolve('node_modules/.cache/pack-'));
	const [packed] = JSON.parse(
		execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
			encoding: 'utf8',
			stdio: ['ignore', 'pipe', 'ignore'],
		}),
	) as [{ filename: string; files: Array<{ path: string }> }];
	files = packed.files.map((file) => file.path).sort();
	execFileSync('tar', ['-xzf', path.join(folder, packed.filename), '-C', folder]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const unpacked = (file: string) => path.join(folder, 'package', file);

test('holds dist, what npm always adds, and nothing of test, server or examples', () => {
	const outside = files.filter((file) => !file.startsWith('dist/'));
	expect(outside).toEqual(['LICENSE', 'README.md', 'index.d.ts', 'index.js', 'package.json']);
	const inside = new Set(files.filter((file) => file.startsWith('dist/')).map((file) => file.split('/')[1]));
	expect(inside).toEqual(new Set(['credentials', 'nodes']));
	expect(files.filter((file) => /test|\.tsbuildinfo|\.map$/.test(file))).toEqual([]);
});

test('loads through the loader of n8n, with codex, icons and credentials', async () => {
	const { node, credential } = await loadPackage(path.join(folder, 'package'));
	const { description } = node as INodeType & { description: { iconUrl: unknown } };
	expect(description.name).toBe('humanloop');
	expect(description.codex?.categories).toEqual(['Development']);
	for (const icon of Object.values(description.iconUrl as Record<string, string>)) {
		expect(files).toContain(icon.replace('icons/n8n-nodes-humanloop/', ''));
	}
	for (const icon of Object.values(credential.iconUrl as Record<string, string>)) {
		expect(files).toContain(path.normalize(icon.replace('icons/n8n-nodes-humanloop/', '')));
	}
});

test("has what n8n's editor shows of each operation's items", () => {
	const schemas = files.filter((file) => file.startsWith('dist/nodes/Humanloop/__schema__/v1.0.0/'));
	expect(schemas).toContain('dist/nodes/Humanloop/__schema__/v1.0.0/completion/create.json');
	for (const file of schemas)
		expect(JSON.parse(readFileSync(unpacked(file), 'utf8'))).toMatchObject({ type: 'object' });
});

test('asks at run time for n8n-workflow, node:crypto and its own files only', () => {
	const asked = files
		.filter((file) => file.endsWith('.js') && file.startsWith('dist/'))
		.flatMap((file) => [...readFileSync(unpacked(file), 'utf8').matchAll(/(?:require|import)\(["']([^"']+)["']\)/g)])
		.map((match) => match[1]!)
		.filter((name) => !name.startsWith('.'));
	expect(new Set(asked)).toEqual(new Set(['n8n-workflow', 'node:crypto']));
	const { dependencies } = JSON.parse(readFileSync(unpacked('package.json'), 'utf8')) as { dependencies?: unknown };
	expect(dependencies).toBeUndefined();
});

test('index.js gives out the node and its credentials', () => {
	// eslint-disable-next-line @typescript-eslint/no-require-imports
	const main = require(unpacked('index.js')) as Record<
		string,
		new () => { description?: { name: string }; name?: string }
	>;
	expect(new main.Humanloop!().description?.name).toBe('humanloop');
	expect(new main.HumanloopApi!().name).toBe('humanloopApi');
});
