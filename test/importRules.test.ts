import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The import rules of `npm run lint` are shown to fail: a small tree breaks each of them once. */
const config = path.resolve('.dependency-cruiser.cjs');
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { forbidden } = require(config) as { forbidden: Array<{ name: string }> };

interface Cruised {
	summary: { violations: Array<{ rule: { name: string }; from: string; to: string }> };
}

/** @param files the lines of each file, by its path */
function violationsOf(files: Record<string, string[]>): string[] {
	const root = mkdtempSync(path.join(tmpdir(), 'import-rules-'));
	const packages = ['fastify', 'kysely', 'n8n-workflow', 'n8n-core'].map((name) => `node_modules/${name}`);
	try {
		for (const folder of packages) files[`${folder}/package.json`] = ['{ "main": "index.js" }'];
		for (const folder of packages) files[`${folder}/index.js`] = [''];
		for (const [file, lines] of Object.entries(files)) {
			mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
			writeFileSync(path.join(root, file), lines.join('\n'));
		}
		const cruise = [path.resolve('node_modules/dependency-cruiser/bin/dependency-cruiser.mjs'), '--config', config];
		const folders = ['nodes', 'credentials', 'server'];
		const output = execFileSync(process.execPath, [...cruise, '--output-type', 'json', ...folders], {
			cwd: root,
			encoding: 'utf8',
		});
		const { violations } = (JSON.parse(output) as Cruised).summary;
		return violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`).sort();
	} finally {
		rmSync(root, { recursive: true, force: true });
	}
}

const allowed = {
	'nodes/a/one.ts': ["import { x } from 'n8n-workflow';", "import { createHash } from 'node:crypto';"],
	'credentials/c.ts': ["import { x } from '../nodes/a/one';"],
	'server/src/contract/log.ts': ['export type Log = string;'],
	'server/src/domain/store.ts': ["import type { Log } from '../contract/log.ts';"],
	'server/src/domain/logs/entries.ts': ["import { store } from '../store.ts';"],
	'server/src/storage/logs.ts': ["import { sql } from 'kysely';", "import { store } from '../domain/store.ts';"],
	'server/src/routes/logs.ts': ["import fastify from 'fastify';", "import { e } from '../domain/logs/entries.ts';"],
	'server/src/web/logs.tsx': ["import type { Log } from '../contract/log.ts';", "import { sql } from 'kysely';"],
};

test('a tree that keeps the rules has no violation', () => {
	expect(violationsOf({ ...allowed })).toEqual([]);
});

test('each rule is broken once, and says so', () => {
	const broken = violationsOf({
		...allowed,
		'nodes/a/two.ts': ["import type { Three } from './three';"],
		'nodes/a/three.ts': ["import type { Two } from './two';", 'export type Three = 1;'],
		'nodes/b/four.ts': ["import { x } from '../c/six';"],
		'nodes/b/five.ts': ['export const x = 1;'],
		'nodes/c/six.ts': ["import { y } from '../b/five';"],
		'nodes/a/core.ts': ["import { core } from 'n8n-core';"],
		'server/src/main.ts': ["import { x } from '../../nodes/a/one.ts';"],
		'server/test/checks.ts': ["import { check } from '../../verify/checks.ts';"],
		'verify/checks.ts': ['export const check = 1;'],
		'server/test/made.ts': ["import { pack } from '../../release/pack.ts';"],
		'release/pack.ts': ['export const pack = 1;'],
		'server/src/contract/project.ts': ["import { sql } from 'kysely';"],
		'server/src/domain/routed.ts': ["import fastify from 'fastify';"],
		'server/src/domain/root.ts': ["import { entries } from './logs/entries.ts';"],
		'server/src/routes/sql.ts': ["import { logs } from '../storage/logs.ts';"],
		'server/src/import/http.ts': ["import { e } from '../http/errors.ts';"],
		'server/src/http/errors.ts': ['export const e = 1;'],
		'server/src/storage/http.ts': ["import fastify from 'fastify';"],
		'server/src/storage/model.ts': ["import { x } from '../providers/openai.ts';"],
		'server/src/providers/openai.ts': ['export const x = 1;'],
		'server/src/providers/sql.ts': ["import { sql } from 'kysely';"],
		'server/src/commands/commands.ts': ['export const commands = 1;'],
		'server/src/commands/sql.ts': ["import { sql } from 'kysely';"],
		'server/src/app.ts': ["import { commands } from './commands/commands.ts';"],
		'server/src/config/kinds.ts': ["import { sql } from 'kysely';"],
		'server/src/telemetry/metrics.ts': ["import { store } from '../storage/logs.ts';"],
		'server/src/domain/measured.ts': ["import { metrics } from '../telemetry/metrics.ts';"],
		'server/src/web/store.tsx': ["import type { Store } from '../domain/store.ts';"],
		'server/src/web/schemas.tsx': ["import { Log } from '../contract/log.ts';"],
		'server/src/http/page.ts': ["import { page } from '../web/store.tsx';"],
		'nodes/a/lost.ts': ["import { lost } from './nowhere';"],
	});
	for (const expected of [
		'no-circles-between-files: nodes/a/three.ts → nodes/a/two.ts',
		'no-circles-between-folders: nodes/b → nodes/c',
		'node-ships-without-dependencies: nodes/a/core.ts → node_modules/n8n-core/index.js',
		'server-stands-alone: server/src/main.ts → nodes/a/one.ts',
		'server-stands-alone: server/test/checks.ts → verify/checks.ts',
		'server-stands-alone: server/test/made.ts → release/pack.ts',
		'contract-is-schemas-only: server/src/contract/project.ts → node_modules/kysely/index.js',
		'domain-knows-no-http-no-sql-no-provider: server/src/domain/routed.ts → node_modules/fastify/index.js',
		'domain-root-below-its-folders: server/src/domain/root.ts → server/src/domain/logs/entries.ts',
		'routes-ask-the-domain: server/src/routes/sql.ts → server/src/storage/logs.ts',
		'import-and-export-ask-the-domain: server/src/import/http.ts → server/src/http/errors.ts',
		'storage-and-providers-serve-the-domain: server/src/storage/http.ts → node_modules/fastify/index.js',
		'storage-apart-from-providers: server/src/storage/model.ts → server/src/providers/openai.ts',
		'providers-apart-from-storage: server/src/providers/sql.ts → node_modules/kysely/index.js',
		'commands-are-the-top: server/src/app.ts → server/src/commands/commands.ts',
		'commands-know-no-library-of-others: server/src/commands/sql.ts → node_modules/kysely/index.js',
		'config-reads-text: server/src/config/kinds.ts → node_modules/kysely/index.js',
		'telemetry-serves-the-domain: server/src/telemetry/metrics.ts → server/src/storage/logs.ts',
		'only-telemetry-measures: server/src/domain/measured.ts → server/src/telemetry/metrics.ts',
		'page-is-a-client: server/src/web/store.tsx → server/src/domain/store.ts',
		'page-takes-types-of-the-contract: server/src/web/schemas.tsx → server/src/contract/log.ts',
		'page-stands-alone: server/src/http/page.ts → server/src/web/store.tsx',
		'every-import-resolves: nodes/a/lost.ts → ./nowhere',
	]) {
		expect(broken).toContain(expected);
	}
	const rules = new Set(broken.map((violation) => violation.split(':')[0]));
	expect([...rules].sort()).toEqual(forbidden.map(({ name }) => name).sort());
});
