import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { startHostileProvider } from './attacks/hostileProvider.ts';
import { headers, post, start } from './process.ts';
import { memoryOf } from './serverProcess.ts';
import { tempDir } from './setup.ts';
import { lock } from './storage/disturb.ts';
import { execute, notOnPglite, storage } from './storage/storage.ts';

/*
 * One server process with the memory of a small container goes through every attack that earlier versions did not
 * survive. After each, it must still answer others, and run a call.
 */

const mebibyte = 1024 * 1024;
/** A container of 1 GB was killed before. */
const mostMemoryMb = 1024;

/** With the write-ahead log. */
async function databaseBytes(dataDir: string): Promise<number> {
	if (storage !== 'sqlite') {
		const rows = await execute(dataDir, 'select pg_database_size(current_database()) as bytes');
		return Number(rows[0]?.['bytes']);
	}
	const files = readdirSync(dataDir).filter((name) => name.startsWith('humanloop.db'));
	return files.reduce((sum, name) => sum + statSync(join(dataDir, name)).size, 0);
}

type Outcome = { status: number; text: string; isFinal: boolean };

/** Undefined if the server hung up before its response was complete. */
async function send(url: string, body: string, more: Record<string, string> = {}): Promise<Outcome | undefined> {
	try {
		const response = await fetch(url, { method: 'POST', headers: { ...headers, ...more }, body });
		const isFinal = response.headers.get('x-should-retry') === 'false';
		return { status: response.status, text: await response.text(), isFinal };
	} catch {
		return undefined;
	}
}

function repeated<T>(times: number, work: (index: number) => Promise<T>): Promise<T[]> {
	return Promise.all(Array.from({ length: times }, (_, index) => work(index)));
}

test('a server with 256 MB of heap survives every attack', notOnPglite, async (t) => {
	const provider = await startHostileProvider();
	t.after(() => provider.close());
	const dataDir = tempDir(t);
	const { child, address } = await start(t, {
		DATA_DIR: dataDir,
		NODE_OPTIONS: '--max-old-space-size=256',
		OPENAI_BASE_URL: provider.url,
		OPENAI_API_KEY: 'none-needed',
	});
	const v4 = address;
	const { config } = await post(v4, '/model-configs', {
		project: 'attacks',
		provider: 'openai',
		model: 'gpt-4o',
		prompt_template: '{{what}}',
	});
	const completion = `${v4}/completion-model-config`;
	const call = (what: string, more: Record<string, unknown> = {}) =>
		JSON.stringify({ model_config_id: config.id, project: 'attacks', inputs: { what }, ...more });
	let goodCalls = 0;
	const survives = async (attack: string, work: () => Promise<void>) => {
		await t.test(attack, async () => {
			await work();
			assert.equal(child.exitCode, null, 'the server is alive');
			const prompt = `good-${(goodCalls += 1)}`;
			// It may be busy with what is left of the attack, and says so.
			let good: Outcome | undefined;
			do good = await send(completion, call(prompt), { 'idempotency-key': prompt });
			while (good?.status === 503);
			assert.equal(good?.status, 200, good?.text);
			assert.equal(provider.calls(prompt), 1);
			t.diagnostic(`${attack}: memory ${memoryOf(child).residentMb} MB, at most ${memoryOf(child).peakMb} MB so far`);
		});
	};

	await survives('bodies of 10 MiB to an unknown path, and with a wrong key', async () => {
		const body = JSON.stringify({ text: 'x'.repeat(10 * mebibyte - 100) });
		const outcomes = await repeated(20, (index) =>
			index % 2 === 0 ? send(`${v4}/nothing-here`, body) : send(completion, body, { 'x-api-key': 'wrong' }),
		);
		for (const outcome of outcomes)
			assert.ok(outcome === undefined || [401, 404].includes(outcome.status), outcome?.text);
	});

	await survives('100,000 bad entries', async () => {
		const outcomes = await repeated(4, () => send(`${v4}/logs`, `[${'{},'.repeat(99_999)}{}]`));
		for (const outcome of outcomes) assert.equal(outcome?.status, 422);
	});

	for (const behavior of ['endless-body', 'endless-line', 'gzip-bomb']) {
		await survives(`a provider's ${behavior}`, async () => {
			const outcomes = await repeated(8, (index) =>
				send(completion, call(`${behavior} ${index}`, { stream: index % 2 === 1 })),
			);
			for (const outcome of outcomes) {
				assert.ok(outcome !== undefined, 'answered');
				assert.ok([200, 502, 503].includes(outcome.status), outcome.text);
				// A stream has its status before the error.
				assert.ok(outcome.status !== 200 || /"code":50[23]/.test(outcome.text), outcome.text);
			}
			for (let index = 0; index < 8; index += 1) assert.ok(provider.calls(`${behavior} ${index}`) <= 1, 'paid once');
		});
	}

	await survives("a provider's redirect", async () => {
		const outcome = await send(completion, call('redirect'));
		assert.equal(outcome?.status, 502);
		assert.equal(provider.elsewhere(), 0);
	});

	await survives('3 MB of inputs in 128 samples', async () => {
		const before = await databaseBytes(dataDir);
		// Half of them want the inputs back in each sample, which is too much for a response.
		const outcomes = await repeated(4, (index) =>
			send(completion, call('x'.repeat(3_000_000), { num_samples: 128, return_inputs: index % 2 === 0 })),
		);
		for (const outcome of outcomes)
			assert.ok([200, 413, 503].includes(outcome?.status ?? 0), outcome?.text.slice(0, 500));
		assert.ok(outcomes.some((outcome) => outcome?.status === 200));
		// Two calls store their inputs and their prompt once each, and the write-ahead log has them again.
		const grown = (await databaseBytes(dataDir)) - before;
		assert.ok(grown < 40_000_000, `the database has grown by ${grown} bytes`);
	});

	await survives('512 calls of 1 MiB at once', async () => {
		const outcomes = await repeated(512, (index) => send(completion, call(`${index} ${'x'.repeat(mebibyte)}`)));
		for (const outcome of outcomes) {
			assert.ok(outcome === undefined || [200, 503].includes(outcome.status), outcome?.text.slice(0, 500));
		}
		assert.ok(outcomes.some((outcome) => outcome?.status === 200));
	});

	await survives('a provider that hangs up, and a client that repeats', async () => {
		const limit = { 'idempotency-key': 'hang-up', 'x-max-retries': '6' };
		let outcome: Outcome | undefined;
		do {
			outcome = await send(completion, call('hang-up'), limit);
			assert.ok([502, 503].includes(outcome?.status ?? 0), outcome?.text);
		} while (outcome?.isFinal === false);
		assert.ok(provider.calls('hang-up') <= 7, `${provider.calls('hang-up')} provider calls`);
	});

	await survives('a database that somebody else has locked', async () => {
		const unlock = await lock(t, dataDir);
		const outcomes = repeated(20, async (index) => {
			const key = { 'idempotency-key': `locked-${index}` };
			for (;;) {
				const outcome = await send(completion, call(`locked-${index}`), key);
				if (outcome?.status !== 503) return outcome;
			}
		});
		// Long enough for the first commit to fail.
		await new Promise((resume) => setTimeout(resume, 7_000));
		await unlock();
		for (const outcome of await outcomes) assert.equal(outcome?.status, 200, outcome?.text);
		for (let index = 0; index < 20; index += 1) assert.equal(provider.calls(`locked-${index}`), 1);
	});

	await survives('guesses of API keys', async () => {
		const statuses: (number | undefined)[] = [];
		for (let round = 0; round < 40; round += 1) {
			const outcomes = await repeated(100, (index) =>
				send(`${v4}/logs`, '{}', { 'x-api-key': `guess ${round} ${index}` }),
			);
			statuses.push(...outcomes.map((outcome) => outcome?.status));
		}
		assert.ok(statuses.includes(429));
		assert.ok(statuses.filter((status) => status === 401).length < 200, 'most guesses are not looked at');
	});

	const { peakMb } = memoryOf(child);
	assert.ok(peakMb < mostMemoryMb, `${peakMb} MB`);
});
