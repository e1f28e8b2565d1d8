// n8n's engine must not find the settings of an n8n that this user may run: first of all imports.
import '../harness/isolate.ts';

import { runChaos } from './chaos.ts';
import { runReplicaChaos } from './replicas.ts';

/*
 * npm run chaos [kills]: kills the server under load, and prints what became of everything. `--replicas`: kills one of three
 * servers on a PostgreSQL, and restarts that too.
 */
async function main(): Promise<void> {
	const args = process.argv.slice(2);
	const kills = Number(args.find((arg) => /^\d+$/.test(arg)) ?? 100);
	const report = (killed: number) => {
		if (killed % 10 === 0) console.log(`${killed} of ${kills} kills`);
	};
	const figures = args.includes('--replicas')
		? await runReplicaChaos({ kills, restarts: 5, report })
		: await runChaos({ kills, report });
	const { broken, ...rest } = figures;
	for (const [name, value] of Object.entries({ ...rest, ...broken })) console.log(`${name.padEnd(28)} ${value}`);
	process.exitCode = Object.values(broken).every((value) => value === 0) ? 0 : 1;
	console.log(
		process.exitCode === 0
			? 'Nothing was lost. Only calls that a kill interrupted were paid for again.'
			: 'Something is broken, see above.',
	);
}

void main();
