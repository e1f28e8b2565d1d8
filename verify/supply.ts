import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

import { check } from '../e2e/check.ts';
import { highFindings } from './audit.ts';

/** What ships besides our own code: known weaknesses, and licenses. */
export async function checkSupply(): Promise<void> {
	// The node has no dependencies; what ships are the server's.
	const { stdout } = spawnSync('npm', ['audit', '--json', '--omit=dev', '--workspace', 'humanloop-server'], {
		encoding: 'utf8',
	});
	const findings = highFindings(stdout);
	if (findings === undefined) {
		console.log(
			'! NOT CHECKED: npm audit. The registry does not answer it, so nobody knows of weaknesses in what ships.',
		);
	} else {
		await check('audit: npm knows of no weakness of level high or critical in what ships', () => {
			assert.deepEqual(findings, []);
		});
	}
	await check('licenses: those of everything that ships are compatible with MIT', () => {
		const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'licenses'], {
			encoding: 'utf8',
		});
		assert.equal(status, 0, `${stdout}${stderr}`);
	});
}
