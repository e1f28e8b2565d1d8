import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { steps, type Step } from './long/steps.ts';
import { durationOf, readOutcomes, resultOf, writeOutcomes, type Outcome } from './long/table.ts';

/*
 * `npm run verify:long`: everything that verifies the programs and takes too long for each change, one step after the other,
 * in some hours. Writes after each step what came out into docs/verification.md.
 *
 *   -- --only 'npm run fuzz'   runs the steps of that command
 */
const page = 'docs/verification.md';

async function main(): Promise<void> {
	const { only } = parseArgs({ options: { only: { type: 'string', multiple: true } } }).values;
	const unknown = only?.find((command) => !steps.some((step) => step.command === command));
	if (unknown !== undefined) {
		throw new Error(`--only takes one of: ${steps.map(({ command }) => command).join(', ')}. It got: ${unknown}.`);
	}
	const outcomes: Outcome[] = [];
	for (const step of steps.filter(({ command }) => only?.includes(command) ?? true)) {
		console.log(`\n=== ${step.name}: ${step.command}`);
		const outcome = await run(step);
		outcomes.push(outcome);
		const text = readFileSync(page, 'utf8');
		writeFileSync(page, writeOutcomes(text, steps, readOutcomes(text).set(step.name, outcome)));
	}
	console.log(`\n${outcomes.map(({ name, duration, result }) => `${name}: ${result}, in ${duration}`).join('\n')}`);
	process.exitCode = outcomes.every(({ result }) => result.startsWith('passed')) ? 0 : 1;
}

async function run({ name, command }: Step): Promise<Outcome> {
	const startedAt = Date.now();
	const commit = commitOf();
	const child = spawn('sh', ['-c', command], { stdio: ['inherit', 'pipe', 'pipe'] });
	let output = '';
	for (const [from, to] of [
		[child.stdout, process.stdout],
		[child.stderr, process.stderr],
	] as const) {
		from.setEncoding('utf8').on('data', (text: string) => {
			// The end of it says what came out.
			output = `${output}${text}`.slice(-100_000);
			to.write(text);
		});
	}
	const [code] = (await once(child, 'close')) as [number | null];
	const date = new Date(startedAt).toISOString().slice(0, 10);
	return { name, command, date, commit, duration: durationOf(Date.now() - startedAt), result: resultOf(output, code) };
}

/** The commit that the files have, and whether they have been changed since. The page itself does not count. */
function commitOf(): string {
	const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
	const changed = git('status', '--porcelain', '--', '.', `:!${page}`);
	return `${git('rev-parse', '--short', 'HEAD')}${changed === '' ? '' : ', with changes'}`;
}

main().catch((error: Error) => {
	console.error(error.message);
	process.exitCode = 1;
});
