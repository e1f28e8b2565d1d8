import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Each direct dependency has a line in CONTRIBUTING.md that says why it is there, and is used somewhere. */
interface Manifest {
	dependencies?: Record<string, string>;
	devDependencies?: Record<string, string>;
}

const manifest = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Manifest;
const node = manifest('package.json');
const server = manifest('server/package.json');
const direct = [
	...new Set(
		[node.dependencies, node.devDependencies, server.dependencies, server.devDependencies].flatMap((each) =>
			Object.keys(each ?? {}),
		),
	),
].sort();

/** The rows of the section's tables, by the name of the table. */
function rowsOf(page: string): Map<string, Array<{ name: string; why: string }>> {
	const section = page.split(/^## /m).find((text) => text.startsWith('Dependencies, and why\n')) ?? '';
	const tables = section.split(/^### /m).slice(1);
	return new Map(
		tables.map((table) => [
			table.slice(0, table.indexOf('\n')),
			[...table.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)].map(([, name, why]) => ({ name: name!, why: why! })),
		]),
	);
}

const tables = rowsOf(readFileSync('CONTRIBUTING.md', 'utf8'));
const rows = [...tables.values()].flat();

test('each direct dependency has one line that says why, and no line is of another one', () => {
	expect(direct.length).toBeGreaterThan(80);
	expect(rows.map(({ name }) => name).sort()).toEqual(direct);
	for (const { name, why } of rows) expect([name, why]).toEqual([name, expect.stringMatching(/^[A-Zn].{8,}\.$/)]);
	for (const table of tables.values()) {
		const names = table.map(({ name }) => name);
		expect(names).toEqual([...names].sort());
	}
});

test('what ships is in the table of what ships', () => {
	expect(node.dependencies).toBeUndefined();
	expect(tables.get('What the server ships')!.map(({ name }) => name)).toEqual(Object.keys(server.dependencies!));
});

/** Packages that are used by their presence: what they belong to finds them, or npm demands them. */
const usedUnseen = ['node', 'zod'];

test('each direct dependency is used', () => {
	const files = execFileSync(
		'git',
		[
			'ls-files',
			'*.ts',
			'*.tsx',
			'*.mts',
			'*.cts',
			'*.js',
			'*.mjs',
			'*.cjs',
			'.ci',
			'package.json',
			'server/package.json',
		],
		{ encoding: 'utf8' },
	);
	const texts = files
		.trim()
		.split('\n')
		.filter((file) => file !== 'test/dependencies.test.ts')
		.map((file) => {
			const text = readFileSync(file, 'utf8');
			// Of a package.json, only what its scripts run.
			return file.endsWith('package.json') ? JSON.stringify((JSON.parse(text) as { scripts: object }).scripts) : text;
		});
	const isUsed = (name: string) => {
		if (name.startsWith('@types/')) return isMentioned(name.slice('@types/'.length));
		return isMentioned(name);
	};
	const isMentioned = (name: string) => {
		const pattern = new RegExp(`(^|['"\\s/=])${name.replace(/[/.]/g, '\\$&')}(['"\\s/]|$)`);
		return texts.some((text) => pattern.test(text));
	};
	expect(direct.filter((name) => !usedUnseen.includes(name) && !isUsed(name))).toEqual([]);
});
