// n8n's engine must not find the settings of an n8n that this user may run: first of all imports.
import '../harness/isolate.ts';

import { runChaos } from './chaos.ts';

/* npm run chaos [kills]: kills the server under load, and prints what became of everything. */
async function main(): Promise<void> {
	const kills = Number(process.argv[2] ?? 100);
	const figures = await runChaos({
		kills,
		report: (killed) => {
			if (killed % 10 === 0) console.log(`${killed} of ${kills} kills`);
		},
	});
	const { broken, ...rest } = figures;
	for (const [name, value] of Object.entries({ ...rest, ...broken })) console.log(`${name.padEnd(20)} ${value}`);
	process.exitCode = Object.values(broken).every((value) => value === 0) ? 0 : 1;
	console.log(
		process.exitCode === 0 ? 'Nothing was lost and nothing was paid for twice.' : 'Something is broken, see above.',
	);
}

void main();
