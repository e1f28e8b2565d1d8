import '../harness/isolate.ts';
import { writeFileSync } from 'node:fs';

import { advice, compare } from './compare.ts';
import { currentSnapshots, fileOf, readSnapshot } from './files.ts';

/*
 * `npm run snapshot:parameters`: takes additions down in the kept snapshots, and writes the first one of a new version of
 * the node. Refuses what would break saved workflows.
 */
async function main(): Promise<void> {
	for (const [version, now] of await currentSnapshots()) {
		const file = fileOf(version);
		const kept = readSnapshot(version);
		const differences = kept ? compare(kept, now) : { additions: [], breaks: [] };
		if (differences.breaks.length > 0) {
			console.error(advice(differences, file));
			process.exitCode = 1;
			continue;
		}
		writeFileSync(file, `${JSON.stringify(now, null, '\t')}\n`);
		for (const addition of differences.additions) console.log(`  + ${addition}`);
		console.log(`${file}: ${kept ? `${differences.additions.length} additions` : 'new'}`);
	}
}

main().catch((error: Error) => {
	console.error(error.message);
	process.exitCode = 1;
});
