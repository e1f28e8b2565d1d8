import assert from 'node:assert/strict';

import { check } from '../e2e/check.ts';
import { workflowChecks } from './workflows/checks.ts';

/** What is in .github/, as far as it can be checked without GitHub. `npm run release:dry-run` runs the commands of a release. */
export async function checkWorkflows(): Promise<void> {
	for (const { name, problems } of await workflowChecks(process.cwd()))
		await check(`workflows: ${name}`, () => assert.deepEqual(problems, []));
}
