import assert from 'node:assert/strict';
import test from 'node:test';
import { chatCompletion, startHost } from './host.ts';
import { loadedLater, recordModules } from './loadedModules.ts';
import { post, start } from './process.ts';
import { tempDir } from './setup.ts';
import { storage } from './storage/storage.ts';

/** PostgreSQL needs `pg` from the start. */
const onlyOnSqlite = { skip: storage !== 'sqlite' && 'about a server without DATABASE_URL' };

const large = loadedLater.flatMap(({ packages }) => packages);

/** A server that notes which modules it loads. It keeps its data in SQLite. */
async function startRecorded(t: Parameters<typeof start>[0], env: Record<string, string> = {}) {
	const dataDir = tempDir(t);
	const { env: recording, packages } = recordModules(tempDir(t));
	const { address } = await start(t, { ...recording, ...env, DATA_DIR: dataDir });
	return { address, loaded: () => large.filter((name) => packages().has(name)), packages };
}

test(
	'a server that has started has loaded none of the large packages, and each request those that it needs',
	onlyOnSqlite,
	async (t) => {
		const { address, loaded, packages } = await startRecorded(t);
		assert.deepEqual(loaded(), []);
		// The list is not empty because nothing was noted.
		for (const name of ['fastify', 'kysely', 'typebox/type']) assert.ok(packages().has(name), name);
		for (const { packages: expected, use } of loadedLater) {
			if (use === undefined) continue;
			const before = loaded();
			await use(address);
			const added = loaded().filter((name) => !before.includes(name));
			for (const name of expected) assert.ok(added.includes(name), `${name}, after ${before.join(', ')}`);
		}
	},
);

test(
	'a call of OpenAI loads what it needs, and nothing of the other providers, the page or YAML',
	onlyOnSqlite,
	async (t) => {
		const host = await startHost(t, (response) => {
			response.setHeader('content-type', 'application/json');
			response.end(chatCompletion('Hello'));
		});
		const { address, loaded } = await startRecorded(t, { OPENAI_BASE_URL: host.url });
		const model_config = { provider: 'openai', model: 'm', prompt_template: 'Hi {{name}}' };
		for (const name of ['Ada', 'Bo']) {
			const { data } = await post(address, '/completion', { project: 'p', model_config, inputs: { name } });
			assert.equal(data[0].output, 'Hello');
		}
		assert.deepEqual(
			loaded().filter((name) => !['undici', 'eventsource-parser'].includes(name)),
			[],
		);
	},
);
