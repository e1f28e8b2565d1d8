import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { total } from '../e2e/check.ts';
import { checkDocs } from './docs.ts';
import { checkN8nRules } from './n8n.ts';
import { checkPackages, packBoth } from './packages.ts';
import { checkRelease } from './release.ts';
import { checkSupply } from './supply.ts';

/*
 * `npm run verify`: what n8n asks of a node that it verifies, and what a release needs. docs/verification.md says point by
 * point what shows it. Prints every check, and how many passed and failed.
 */
async function main(): Promise<void> {
	const folder = mkdtempSync(path.join(tmpdir(), 'humanloop-verify-'));
	try {
		const packed = await packBoth(folder);
		await checkN8nRules(folder, packed.node.folder);
		await checkPackages(packed);
		await checkDocs(packed.node.folder);
		await checkSupply();
		await checkRelease(folder, packed);
	} finally {
		rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
	}
	process.exitCode = total('verify') ? 0 : 1;
}

main().catch((error: Error) => {
	console.error(error);
	process.exitCode = 1;
});
