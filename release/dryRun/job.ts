import { execFile } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { check } from '../../e2e/check.ts';
import type { Job, Step } from '../../verify/workflows/read.ts';

/** What expressions such as `needs.image.outputs.reference` and `steps.names.outputs.image` stand for. */
export type Values = Record<string, string>;

export interface JobRun {
	/** A clone at the tag, as the checkout leaves it. */
	clone: string;
	/** Folder of the artifacts that jobs hand over. */
	artifacts: string;
	env: Record<string, string>;
	/** Gets the outputs of the job's steps. */
	values: Values;
	/** Steps that cannot run here, and why. */
	skipped: Record<string, string>;
}

/** Puts values in the place of expressions. One that nobody knows is an error. */
function evaluated(text: string, values: Values): string {
	return text.replace(/\$\{\{ ([^}]+) \}\}/g, (_, name: string) => {
		if (!(name in values)) throw new Error(`Nobody says what \${{ ${name} }} is.`);
		return values[name]!;
	});
}

/** Runs the commands of a job as GitHub would, one check for each step, and returns the job's outputs. */
export async function runJob(id: string, job: Job, run: JobRun): Promise<Values> {
	for (const step of job.steps ?? []) {
		const name = `${id}: ${step.name ?? step.run ?? step.uses!.split('@')[0]}`.trim().split('\n')[0]!;
		const reason = run.skipped[step.run ?? step.uses!.split('@')[0]!];
		if (reason !== undefined) console.log(`- ${name}: not run here, ${reason}`);
		else await check(name, () => (step.run === undefined ? handOver(step, run) : runStep(step, run)));
	}
	return Object.fromEntries(
		Object.entries(job.outputs ?? {}).map(([name, text]) => [
			`needs.${id}.outputs.${name}`,
			evaluated(text, run.values),
		]),
	);
}

/** What upload-artifact and download-artifact do. */
function handOver({ uses, with: inputs = {} }: Step, { clone, artifacts }: JobRun): void {
	const folder = path.join(artifacts, String(inputs.name));
	if (uses!.startsWith('actions/download-artifact@'))
		cpSync(folder, path.join(clone, String(inputs.path)), { recursive: true });
	else if (uses!.startsWith('actions/upload-artifact@')) {
		const files = globSync(String(inputs.path), { cwd: clone });
		if (files.length === 0) throw new Error(`No file fits ${String(inputs.path)}.`);
		mkdirSync(folder);
		for (const file of files) cpSync(path.join(clone, file), path.join(folder, path.basename(file)));
	} else throw new Error(`Nobody says what to do instead of ${uses}.`);
}

async function runStep({ id, run: script, env = {} }: Step, { clone, env: outer, values }: JobRun): Promise<void> {
	const output = path.join(outer.RUNNER_TEMP!, 'output');
	writeFileSync(output, '');
	const own = Object.fromEntries(Object.entries(env).map(([name, text]) => [name, evaluated(text, values)]));
	// There is no GitHub here that could say where the package was built.
	delete own.NPM_CONFIG_PROVENANCE;
	const shell = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script!];
	const options = { cwd: clone, env: { ...outer, ...own, GITHUB_OUTPUT: output }, maxBuffer: 2 ** 26 };
	await promisify(execFile)('bash', shell, options);
	for (const line of readFileSync(output, 'utf8').trim().split('\n').filter(Boolean)) {
		const [name, ...value] = line.split('=');
		values[`steps.${id}.outputs.${name}`] = value.join('=');
	}
}
