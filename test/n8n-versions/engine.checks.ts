import { realpathSync } from 'node:fs';
import path from 'node:path';

import { startHarness, type Harness } from '../harness/harness.ts';

/** What differs between the engines of engines.ts, and that it is their engine on which the tests run. */
let harness: Harness;
beforeAll(async () => {
	harness = await startHarness();
});
afterAll(() => harness.close());

test('the tests and the built node run on the engine that was asked for', () => {
	const folder = realpathSync(process.env.ENGINE_FOLDER!);
	for (const from of [__dirname, path.resolve('dist/nodes/Humanloop')]) {
		for (const name of ['n8n-core', 'n8n-workflow']) expect(require.resolve(name, { paths: [from] })).toContain(folder);
	}
});

test('whether tokens are sent on is what engines.ts says; the items are the same either way', async () => {
	const plain = await harness.run();
	const { success, chunks } = await harness.run({
		parameters: { options: { stream: true } },
		streaming: true,
		executionId: '2',
	});
	expect(success.map(({ json }) => json.output)).toEqual(plain.success.map(({ json }) => json.output));
	expect(chunks.length > 0).toBe(process.env.ENGINE_STREAMS === 'true');
});
