import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { check } from '../e2e/check.ts';
import type { Finding } from './lint.mts' with { 'resolution-mode': 'import' };

/** n8n's rules for community nodes: its scan of the source and of the package, its strict rules, its Cloud check. */
export async function checkN8nRules(folder: string, unpacked: string): Promise<void> {
	const { lint, scanned } = await import('./lint.mts');

	await check("scan: n8n's rules find nothing in the source", async () => {
		assertNone((await lint('.', scanned.source, 'scanConfig')).filter(({ isError }) => isError));
	});
	await check("scan: n8n's rules find nothing in the packed tarball", async () => {
		assertNone((await lint(unpacked, scanned.package, 'scanConfig')).filter(({ isError }) => isError));
	});
	await check("scan: no other package.json of the repository has the package's name", () => {
		const files = execFileSync('git', ['ls-files', 'package.json', '*/package.json'], { encoding: 'utf8' });
		const named = files
			.trim()
			.split('\n')
			.filter((file) => (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === 'n8n-nodes-humanloop');
		assert.deepEqual(named, ['package.json']);
	});
	await check(
		'scan: the rules find faults that are put in, also behind a comment that switches rules off',
		async () => {
			const source = copyWithFaults(path.join(folder, 'faults-source'));
			assertRules(await lint(source, scanned.source, 'scanConfig'), [
				'@n8n/community-nodes/no-overrides-field',
				'@n8n/community-nodes/no-restricted-imports',
				'n8n-nodes-base/node-param-operation-without-no-data-expression',
			]);
			const packed = path.join(folder, 'faults-package');
			cpSync(unpacked, packed, { recursive: true });
			change(path.join(packed, 'index.js'), (text) => `/* eslint-disable */\nrequire('node:fs');\n${text}`);
			assertRules(await lint(packed, scanned.package, 'scanConfig'), ['@n8n/community-nodes/no-restricted-imports']);
		},
	);
	await check("strict: n8n's rules have no error and no warning in nodes/, credentials/ and package.json", async () => {
		assertNone(await lint('.', ['package.json', 'nodes/**/*.ts', 'credentials/**/*.ts'], 'strictConfig'));
	});
	await check("cloud: CONTRIBUTING.md says why each point of n8n's Cloud check that fails cannot pass", async () => {
		const findings = await lint('.', ['server/src/*.ts'], 'everywhereConfig');
		assert.deepEqual(failingCloudPoints(findings), explainedCloudPoints(readFileSync('CONTRIBUTING.md', 'utf8')));
	});
}

/** The points of `n8n-node cloud-support` and `n8n-node lint` that this repository does not pass, by the names of CONTRIBUTING.md. */
function failingCloudPoints(inServer: Finding[]): string[] {
	const { n8n } = JSON.parse(readFileSync('package.json', 'utf8')) as { n8n: { strict?: boolean } };
	const template = "import { config } from '@n8n/node-cli/eslint'; export default config;";
	const isTemplate = readFileSync('eslint.config.mjs', 'utf8').replace(/\s+/g, ' ').trim() === template;
	const points = {
		'`n8n.strict`': n8n.strict === true,
		'`eslint.config.mjs`': isTemplate,
		'Rules for every file': !inServer.some(({ isError }) => isError),
	};
	return Object.entries(points).flatMap(([point, passes]) => (passes ? [] : [point]));
}

/** The first column of the table below the heading "n8n's Cloud check". */
function explainedCloudPoints(contributing: string): string[] {
	const section = /^#+ n8n's Cloud check$(.*?)(?=^#+ |(?![^]))/ms.exec(contributing)?.[1] ?? '';
	return [...section.matchAll(/^\| ([^|]+?) \| [^|]{20,} \|$/gm)].map(([, point]) => point!);
}

/** A copy of what the scan reads, with three faults that people would make. */
function copyWithFaults(folder: string): string {
	mkdirSync(folder);
	for (const name of ['nodes', 'credentials', 'package.json']) {
		cpSync(name, path.join(folder, name), { recursive: true });
	}
	change(path.join(folder, 'package.json'), (text) => text.replace('{', '{ "overrides": { "axios": "1.0.0" },'));
	change(path.join(folder, 'nodes/Humanloop/Humanloop.node.ts'), (text) =>
		`/* eslint-disable */\nimport 'node:fs';\n${text}`
			.replace("name: 'resource',", "name: 'operation',")
			.replace('noDataExpression: true,', ''),
	);
	return folder;
}

function change(file: string, edit: (text: string) => string): void {
	const before = readFileSync(file, 'utf8');
	const after = edit(before);
	assert.notEqual(after, before);
	writeFileSync(file, after);
}

function assertRules(findings: Finding[], rules: string[]): void {
	const found = new Set(findings.filter(({ isError }) => isError).map(({ rule }) => rule));
	for (const rule of rules) assert.ok(found.has(rule), `${rule} is not among: ${[...found].join(', ')}`);
}

function assertNone(findings: Finding[]): void {
	const lines = findings.map(({ place, rule, message }) => `${place} ${rule}: ${message}`);
	assert.equal(lines.length, 0, lines.join('\n'));
}
