import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { total } from '../e2e/check.ts';
import { checkDocs } from './docs.ts';
import { checkN8nRules } from './n8n.ts';
import { checkPackages, packBoth } from './packages.ts';
import { checkRelease } from './release.ts';
import { checkSupply } from './supply.ts';
import { checkWorkflows } from './workflows.ts';

/*
 * `npm run verify`: what n8n asks of a node that it verifies, and what a release needs. docs/verification.md says point by
 * point what shows it. Prints every check, and how many passed and failed.
 *
 *   -- --only docs   runs the checks of one part
 */
async function main(): Promise<void> {
	const { only } = parseArgs({ options: { only: { type: 'string' } } }).values;
	const folder = mkdtempSync(path.join(tmpdir(), 'humanloop-verify-'));
	let packed: ReturnType<typeof packBoth> | undefined;
	const pack = () => (packed ??= packBoth(folder));
	const parts: Record<string, () => Promise<void>> = {
		rules: async () => await checkN8nRules(folder, (await pack()).node.folder),
		packages: async () => await checkPackages(await pack()),
		docs: checkDocs,
		supply: checkSupply,
		workflows: checkWorkflows,
		release: async () => await checkRelease(folder, await pack()),
	};
	try {
		if (only !== undefined && !parts[only]) throw new Error(`--only takes one of: ${Object.keys(parts).join(', ')}.`);
		for (const [name, run] of Object.entries(parts)) if (only === undefined || only === name) await run();
	} finally {
		rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
	}
	process.exitCode = total('verify') ? 0 : 1;
}

main().catch((error: Error) => {
	console.error(error);
	process.exitCode = 1;
});
