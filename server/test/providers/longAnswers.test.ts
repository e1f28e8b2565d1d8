import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import test from 'node:test';
import { Agent } from 'undici';
import { startHost } from '../host.ts';
import { until } from '../provider.ts';
import { runCall, textOf } from '../sampling.ts';
import { startLine } from './standIn.ts';

/** undici's own clock for long waits: it can be moved on. */
const clock = createRequire(import.meta.url)('undici/lib/util/timers') as { tick(ms: number): void };

/** undici gives up after 300 s by default. It notices when its clock ticks for the second time. */
function letTenMinutesPass(): void {
	for (let tick = 0; tick < 3; tick += 1) clock.tick(200_000);
}

test('by default, a response that starts after five minutes would be lost', async (t) => {
	const host = await startHost(t, () => undefined);
	const agent = new Agent();
	const waiting = agent.request({ origin: new URL(host.url).origin, path: '/', method: 'GET' });
	await until(() => host.state.calls === 1);
	letTenMinutesPass();
	await assert.rejects(waiting, { code: 'UND_ERR_HEADERS_TIMEOUT' });
	await agent.destroy();
});

for (const stream of [false, true]) {
	for (const [what, pauseAfter] of [
		['starts', 0],
		['goes on', 60],
	] as const) {
		test(`${stream ? 'a stream' : 'a response'} that ${what} after ten minutes arrives whole`, async (t) => {
			const line = await startLine(t);
			line.model.onMessage(/.*/, { content: 'It took me ten minutes.' });
			const { promise, resolve } = Promise.withResolvers<void>();
			line.next({ pauseAfter, until: promise });
			const running = runCall({ stream }, { openai: { baseUrl: `${line.origin}/v1` } });
			await until(() => line.state.paused === 1);
			letTenMinutesPass();
			resolve();
			const ran = await running;
			assert.equal(ran.outcome.samples[0]?.text, 'It took me ten minutes.');
			if (stream) assert.equal(textOf(ran, 0), 'It took me ten minutes.');
		});
	}
}
