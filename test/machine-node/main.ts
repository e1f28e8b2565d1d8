import { execFileSync, spawnSync } from 'node:child_process';

/*
 * `npm run test:machine-node [-- jest's arguments]`: the node's tests on the machine's own Node.js, which can be older than
 * the one in node_modules. n8n 1.x runs on Node.js 20 and 22.
 */
async function main(): Promise<void> {
	const { machineNode } = await import('../../server/test/package/install.ts');
	console.log(`The machine's Node.js is ${execFileSync(machineNode, ['--version'], { encoding: 'utf8' }).trim()}.`);
	const config = ['--config', 'test/machine-node/jest.config.js'];
	const jest = [require.resolve('jest/bin/jest'), ...config, ...process.argv.slice(2)];
	process.exitCode = spawnSync(machineNode, jest, { stdio: 'inherit' }).status ?? 1;
}

void main();
