import { execFileSync, spawnSync } from 'node:child_process';

import { machineNode } from '../../server/test/package/install.ts';

/*
 * `npm run test:machine-node [-- jest's arguments]`: the node's tests on the machine's own Node.js, which can be older than
 * the one in node_modules. n8n 1.x runs on Node.js 20 and 22.
 */
console.log(`The machine's Node.js is ${execFileSync(machineNode, ['--version'], { encoding: 'utf8' }).trim()}.`);
const jest = [
	require.resolve('jest/bin/jest'),
	'--config',
	'test/machine-node/jest.config.js',
	...process.argv.slice(2),
];
const { status } = spawnSync(machineNode, jest, { stdio: 'inherit' });
process.exitCode = status ?? 1;
