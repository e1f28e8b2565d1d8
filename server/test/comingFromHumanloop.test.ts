import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import test, { type TestContext } from 'node:test';
import { blocksOf } from './docBlocks.ts';
import { chatCompletion, startHost } from './host.ts';
import { send } from './keyRequests.ts';
import { main, run } from './process.ts';
import { type Body, tempDir } from './setup.ts';
import { databaseUrlFor } from './storage/storage.ts';

const blocks = (language: string) => blocksOf('docs/coming-from-humanloop.md', language);

const deployedVersion = 'prv_Wu6zx1lAWJRqOyL8nWuZk';
const environment = { id: 'env_000000000000000000001', name: 'live', tag: 'default' };

/** The folder of a prompt in an export, as Humanloop's tool wrote it. `version` is what differs from prompt to prompt. */
function writePrompt(files: string, number: number, version: Record<string, unknown>): void {
	const digits = String(number).padStart(21, '0');
	const id = `pr_${digits}`;
	const whole = {
		id,
		version_id: `prv_${digits}`,
		type: 'prompt',
		environments: [environment],
		created_at: '2024-07-08T22:40:35.656915',
		updated_at: '2024-07-08T22:40:35.656915',
		model: 'gpt-4o',
		endpoint: 'complete',
		provider: 'openai',
		max_tokens: -1,
		temperature: 0.7,
		...version,
	};
	const folder = join(files, id);
	mkdirSync(join(folder, 'versions'), { recursive: true });
	writeFileSync(join(folder, 'file.json'), JSON.stringify(whole));
	writeFileSync(join(folder, 'versions', whole.version_id), JSON.stringify(whole));
	const { id: environment_id, name: environment_name, tag: environment_tag } = environment;
	const deployment = { version_id: whole.version_id, environment_id, environment_name, environment_tag };
	writeFileSync(join(folder, 'deployments.json'), JSON.stringify([deployment]));
}

/** An empty folder with the export of 40 prompts, and with the commands and packages that the reader has installed. */
function prepareFolder(t: TestContext): string {
	const folder = tempDir(t);
	const files = join(folder, 'exports/20250801-090000/files');
	writePrompt(files, 0, {
		path: 'support/reply',
		name: 'reply',
		version_id: deployedVersion,
		template: 'Answer the ticket: {{ticket}}',
	});
	for (let number = 1; number < 40; number += 1) {
		const template = [{ role: 'system', content: `You are number {{number}} of ${number}.` }];
		writePrompt(files, number, { path: `chats/${number}`, name: `chat ${number}`, endpoint: 'chat', template });
	}
	const bin = join(folder, 'bin');
	mkdirSync(bin);
	writeFileSync(join(bin, 'npx'), `#!/bin/sh\nshift\nexec '${process.execPath}' '${main}' "$@"\n`);
	chmodSync(join(bin, 'npx'), 0o755);
	symlinkSync(resolve(import.meta.dirname, '../../node_modules'), join(folder, 'node_modules'));
	return folder;
}

/** Runs a command in the folder as the reader does. */
async function runIn(folder: string, command: string[], more: Record<string, string>): Promise<string> {
	const env = { PATH: `${join(folder, 'bin')}:${process.env['PATH']}`, DATA_DIR: join(folder, '.data'), ...more };
	const [program = '', ...values] = command;
	const child = spawn(program, values, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 600_000 });
	const texts = { out: '', err: '' };
	child.stdout.setEncoding('utf8').on('data', (text) => (texts.out += text));
	child.stderr.setEncoding('utf8').on('data', (text) => (texts.err += text));
	await once(child, 'close');
	assert.equal(child.exitCode, 0, `${command.join(' ')}\n${texts.out}\n${texts.err}`);
	return texts.out;
}

/** Starts the server for the first time, and reads the API key that it prints. */
async function firstStart(t: TestContext, env: Record<string, string>): Promise<{ address: string; key: string }> {
	const { child, out, err } = run(t, { PORT: '0', ...env });
	for (;;) {
		const [, address] = /listens on (\S+)/.exec(out()) ?? [];
		const [key] = /\bhl_sk_\w+/.exec(out()) ?? [];
		if (address !== undefined && key !== undefined) return { address, key };
		if (child.exitCode !== null) throw new Error(`ended: ${err()}`);
		await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
	}
}

/** A stream of a chat completion, in these pieces. */
function streamed(pieces: string[]): string {
	const event = (choice: object) =>
		`data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [choice] })}\n\n`;
	const texts = pieces.map((content) => event({ index: 0, delta: { content }, finish_reason: null }));
	return [...texts, event({ index: 0, delta: {}, finish_reason: 'stop' }), 'data: [DONE]\n\n'].join('');
}

test('somebody with an export of 40 prompts follows the page', async (t) => {
	const folder = prepareFolder(t);
	const openai = await startHost(t, (response, body) => {
		const isStream = (JSON.parse(body) as Body).stream === true;
		response.setHeader('content-type', isStream ? 'text/event-stream' : 'application/json');
		response.end(isStream ? streamed(['It is ', 'on its way.']) : chatCompletion('It is on its way.'));
	});
	const dataDir = join(folder, '.data');
	const databaseUrl = databaseUrlFor(dataDir);
	const database: Record<string, string> = databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl };
	const [importAll, importIds, listProjects, storeAgain, deploy, rollBack, callDeployed] = blocks('sh');
	const shell = (text: string | undefined, env = {}) => runIn(folder, ['sh', '-euc', text!], { ...database, ...env });

	assert.match(await shell(importAll), /^projects +40 new$/m);
	writeFileSync(join(folder, 'old-ids.csv'), blocks('csv')[0]!);
	const again = await shell(importIds);
	assert.match(again, /^projects +0 new, 40 there already$/m);
	assert.match(again, /^aliases +1 new$/m);

	const { address, key } = await firstStart(t, { DATA_DIR: dataDir, OPENAI_BASE_URL: openai.url, ...database });
	const here = (text: string | undefined) => text!.replaceAll('http://127.0.0.1:8400/v4', address);
	const withKey = { KEY: key };
	const post = async (path: string, body: object) => {
		const sent = await send(address, key, 'POST', path, body);
		assert.equal(sent.status, 200, JSON.stringify(sent.body));
		return sent.body;
	};
	const listed = JSON.parse(await shell(here(listProjects), withKey)) as Body;
	assert.equal(listed.records.length, 40);
	assert.ok(listed.records.every(({ active_config }) => active_config.config.model === 'gpt-4o'));

	const answer = JSON.parse(await shell(here(callDeployed), withKey)) as Body;
	assert.equal(answer.data[0].output, 'It is on its way.');
	assert.equal(answer.data[0].model_config_id, deployedVersion);
	assert.match(openai.state.bodies[0]!, /Answer the ticket: Where is my parcel\?/);

	const named = { project: 'reply', environment: 'live', inputs: { ticket: 'x' } };
	assert.equal((await post('/completion-deployed', named)).data[0].model_config_id, deployedVersion);
	const chat = { project: 'chat 7', messages: [{ role: 'user', content: 'Hi' }], inputs: { number: 'x' } };
	await post('/chat-deployed', chat);
	assert.match(openai.state.bodies.at(-1)!, /You are number x of 7\./);

	const [ask, askOnce, stream] = blocks('js');
	writeFileSync(join(folder, 'ask.mjs'), here(`${ask}\n${stream}`));
	const printed = await runIn(folder, [process.execPath, 'ask.mjs'], withKey);
	assert.equal(printed, 'It is on its way.\nIt is on its way.');
	writeFileSync(join(folder, 'once.mjs'), here(`${ask!.replace(/^const { data }[^]*/m, '')}\n${askOnce}`));
	const runOnce = () => runIn(folder, [process.execPath, 'once.mjs'], withKey);
	assert.deepEqual([await runOnce(), await runOnce()], ['It is on its way.\n', 'It is on its way.\n']);
	assert.equal(openai.state.bodies.filter((body) => body.includes('Order 4711 is late.')).length, 1);

	const [oldId] = blocks('csv')[0]!.split(',');
	const call = { model_config_id: oldId, project: 'reply', inputs: { ticket: 'x' } };
	const byOldId = await post('/completion-model-config', call);
	assert.equal(byOldId.data[0].model_config_id, deployedVersion);

	const runs = async (model: string) => {
		await shell(here(callDeployed), withKey);
		assert.equal((JSON.parse(openai.state.bodies.at(-1)!) as Body).model, model);
	};
	const { project_id: projectId, config } = JSON.parse(await shell(here(storeAgain), withKey)) as Body;
	const ofProject = (text: string | undefined) => here(text).replaceAll('pr_…', projectId);
	await runs('gpt-4o');
	await shell(ofProject(deploy).replace('config_…', config.id), withKey);
	await runs('gpt-6-luna');
	const [list, undo] = ofProject(rollBack).trimEnd().split('\n');
	const { records } = JSON.parse(await shell(list, withKey)) as Body;
	await shell(undo!.replace('dep_…', records[0].id), withKey);
	await runs('gpt-4o');
});
