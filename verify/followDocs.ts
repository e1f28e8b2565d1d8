import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

import { commandsOf, type Command } from './docs/shell.ts';

/** Where a reader types: a server that listens there, and the folder with its program and data. */
export interface Place {
	address: string;
	key: string;
	folder: string;
	env: Record<string, string>;
}

/**
 * The commands of README.md and docs/ that need nothing but a server and a key: requests, and commands of an installed
 * humanloop-server. docs/coming-from-humanloop.md has a test of its own.
 */
export function commandsToFollow(): Command[] {
	const pages = ['README.md', 'server/README.md', ...readdirSync('docs').map((name) => `docs/${name}`)].filter(
		(file) => file.endsWith('.md') && !file.includes('coming-from-humanloop'),
	);
	return pages
		.flatMap((file) => commandsOf(file, readFileSync(file, 'utf8')))
		.filter(({ text }) => /^(?:KEY=\$\()?(?:curl|humanloop-server) /.test(text));
}

/** What the pages take for granted, because their readers have it: a key of this name, and projects with a version already. */
const before = [
	'humanloop-server keys create --name workflows --role run',
	...['tickets', 'support'].map(
		(project) =>
			`curl -H "X-API-KEY: $KEY" -H 'Content-Type: application/json' http://127.0.0.1:8400/v4/model-configs ` +
			`-d '{"project": "${project}", "provider": "mock", "model": "mock-1", "prompt_template": "First: {{ticket}}"}'`,
	),
].map((text) => ({ text, place: 'before' }));

/** Types one command after the other, and puts in for `pr_…` and the like what the responses before have said. */
export async function follow(commands: Command[], place: Place): Promise<void> {
	const ids = new Map<string, string>();
	for (const { text, place: line } of [...before, ...commands]) {
		const output = await type(filled(text, ids), place).catch((error: Error & { stdout?: string; stderr?: string }) => {
			throw new Error(`${line} ${text}\n${error.stdout}${error.stderr}`, { cause: error });
		});
		for (const [id, kind] of idsIn(output)) ids.set(kind, id);
	}
}

const placeholder = /\b(pr|config|env|dep|budget|key)_…/g;

function filled(command: string, ids: Map<string, string>): string {
	return command.replace(placeholder, (_, kind: string) => {
		const id = ids.get(kind);
		assert.ok(id, `No command before this one has shown a ${kind}_…: ${command}`);
		return id;
	});
}

/** The first ID of each kind in an output: that of the newest entry, because lists begin with it. */
function idsIn(output: string): [id: string, kind: string][] {
	const ids = [...withoutFirst(output).matchAll(/\b(pr|config|env|dep|budget|key)_\w{10,}/g)];
	return [...new Map(ids.reverse().map(([id, kind]) => [kind!, id]))].map(([kind, id]) => [id, kind]);
}

/** A list of deployments without those that replaced nothing, because they cannot be rolled back. */
function withoutFirst(output: string): string {
	if (!output.includes('"replaced_config_id"')) return output;
	const { records = [] } = JSON.parse(output) as { records?: { replaced_config_id: string | null }[] };
	return JSON.stringify(records.filter(({ replaced_config_id }) => replaced_config_id !== null));
}

/** A response other than 2xx is a failure. */
async function type(command: string, { address, key, folder, env }: Place): Promise<string> {
	const typed = command.replace('http://127.0.0.1:8400/v4', address);
	assert.ok(!typed.startsWith('curl') || typed.includes(address), `This request does not go to port 8400: ${command}`);
	const script = `curl() { command curl --silent --show-error --fail-with-body "$@"; }\n${typed}`;
	const PATH = `${folder}/node_modules/.bin:${env.PATH}`;
	return (await promisify(execFile)('bash', ['-ec', script], { cwd: folder, env: { ...env, PATH, KEY: key } })).stdout;
}
