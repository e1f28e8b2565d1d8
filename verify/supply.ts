import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

import { check } from '../e2e/check.ts';
import { highFindings } from './audit.ts';

/** What ships besides our own code: known weaknesses, and licenses. */
export async function checkSupply(): Promise<void> {
	// The node has no dependencies; what ships are the server's.
	const args = ['audit', '--json', '--omit=dev', '--workspace', 'humanloop-server'];
	// By default, npm waits a quarter of an hour for a registry that is silent.
	const audit = spawnSync('npm', [...args, '--fetch-retries=0', '--fetch-timeout=20000'], {
		encoding: 'utf8',
		timeout: 120_000,
	});
	const findings = audit.signal === null ? highFindings(audit.stdout) : undefined;
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
