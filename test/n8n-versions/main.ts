import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { installEngine, type Engine } from './install.ts';

/*
 * The node's tests on the engines of older versions of n8n: `npm run test:n8n-versions [-- jest's arguments]`.
 */
const engines: Engine[] = [
	{ n8n: '1.123.0', core: '1.122.0', workflow: '1.120.0' },
	{ n8n: '2.8.4', core: '2.8.1', workflow: '2.8.0' },
];

async function main(): Promise<void> {
	const failed: string[] = [];
	for (const engine of engines) {
		const folder = await installEngine(engine);
		console.log(
			`\n=== n8n ${engine.n8n}: n8n-core ${engine.core}, n8n-workflow ${engine.workflow}, Node.js ${process.versions.node}`,
		);
		// The flag lets jest load ES modules that n8n-core's dependencies require (p-retry, by way of @langchain/core).
		const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
		const jest = [
			require.resolve('jest/bin/jest'),
			'--config',
			'test/n8n-versions/jest.config.js',
			// Only newer versions of n8n have this protection.
			'--testNamePattern=^(?!.*protection against requests to private addresses)',
			...process.argv.slice(2),
		];
		const run = spawn(process.execPath, [...node, ...jest], {
			stdio: 'inherit',
			env: { ...process.env, ENGINE_FOLDER: folder },
		});
		const [code] = (await once(run, 'exit')) as [number | null];
		if (code !== 0) failed.push(engine.n8n);
	}
	console.log(
		failed.length === 0 ? '\nEvery engine passed.' : `\nFailed on the engine of n8n ${failed.join(' and ')}.`,
	);
	process.exitCode = failed.length === 0 ? 0 : 1;
}

main().catch((error: Error) => {
	console.error(error.message);
	process.exitCode = 1;
});
