import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { engines, type Engine } from './engines.ts';
import { installEngine } from './install.ts';

/*
 * The node's tests on the engines of other versions of n8n:
 *
 *   npm run test:n8n-versions                        the oldest ones
 *   npm run test:n8n-versions -- --all               every version in engines.ts
 *   npm run test:n8n-versions -- --only 2.36.8       one of them
 *
 * Further arguments are jest's.
 */
function chosen(args: string[]): { run: Engine[]; jestArgs: string[] } {
	const jestArgs = [...args];
	const only = jestArgs.indexOf('--only');
	if (only !== -1) {
		const [, version] = jestArgs.splice(only, 2);
		const run = engines.filter(({ n8n }) => n8n === version);
		if (run.length === 0) throw new Error(`--only takes one of ${engines.map(({ n8n }) => n8n).join(', ')}`);
		return { run, jestArgs };
	}
	const all = jestArgs.indexOf('--all');
	if (all !== -1) jestArgs.splice(all, 1);
	return { run: engines.filter(({ isDefault }) => all !== -1 || isDefault), jestArgs };
}

/** @returns whether all tests passed */
async function testOn(engine: Engine, jestArgs: string[]): Promise<boolean> {
	const folder = await installEngine(engine);
	const { n8n, core, workflow, streams } = engine;
	console.log(`\n=== n8n ${n8n}: n8n-core ${core}, n8n-workflow ${workflow}, Node.js ${process.versions.node}`);
	// The flag lets jest load ES modules that n8n-core's dependencies require (p-retry, by way of @langchain/core).
	const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
	const jest = [
		require.resolve('jest/bin/jest'),
		...['--config', 'test/n8n-versions/jest.config.js'],
		// In older engines, a test cannot switch this on.
		'--testNamePattern=^(?!.*protection against requests to private addresses)',
		...jestArgs,
	];
	const run = spawn(process.execPath, [...node, ...jest], {
		stdio: 'inherit',
		env: { ...process.env, ENGINE_FOLDER: folder, ENGINE_STREAMS: String(streams) },
	});
	const [code] = (await once(run, 'exit')) as [number | null];
	return code === 0;
}

async function main(): Promise<void> {
	const { run, jestArgs } = chosen(process.argv.slice(2));
	const failed: string[] = [];
	for (const engine of run) if (!(await testOn(engine, jestArgs))) failed.push(engine.n8n);
	console.log(
		failed.length === 0 ? '\nEvery engine passed.' : `\nFailed on the engine of n8n ${failed.join(' and ')}.`,
	);
	process.exitCode = failed.length === 0 ? 0 : 1;
}

main().catch((error: Error) => {
	console.error(error.message);
	process.exitCode = 1;
});
