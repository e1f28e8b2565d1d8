import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

/** What the checks read of a step. */
export interface Step {
	id?: string;
	name?: string;
	uses?: string;
	run?: string;
	with?: Record<string, unknown>;
	env?: Record<string, string>;
}

export interface Job {
	uses?: string;
	container?: string | { image: string };
	services?: Record<string, { image: string }>;
	permissions?: Record<string, string>;
	'timeout-minutes'?: number;
	outputs?: Record<string, string>;
	strategy?: { matrix: Record<string, unknown[]> };
	steps?: Step[];
}

export interface Workflow {
	/** Its name in .github/workflows. */
	file: string;
	text: string;
	on: Record<string, unknown>;
	permissions?: unknown;
	concurrency?: unknown;
	jobs: Record<string, Job>;
}

/** A step, and the job that it is in. */
export interface Place {
	workflow: Workflow;
	id: string;
	job: Job;
	step: Step;
}

export function readWorkflows(root: string): Workflow[] {
	const folder = path.join(root, '.github/workflows');
	return readdirSync(folder)
		.filter((file) => /\.ya?ml$/.test(file))
		.sort()
		.map((file) => {
			const text = readFileSync(path.join(folder, file), 'utf8');
			return { ...(parse(text) as Omit<Workflow, 'file' | 'text'>), file, text };
		});
}

export function stepsOf(workflow: Workflow): Place[] {
	return Object.entries(workflow.jobs).flatMap(([id, job]) =>
		(job.steps ?? []).map((step) => ({ workflow, id, job, step })),
	);
}

/** The values of a job's matrix, one record for each job that GitHub makes of it. */
export function matrixOf({ strategy }: Job): Array<Record<string, string>> {
	const { include, ...lists } = strategy?.matrix ?? {};
	if (include) return include as Array<Record<string, string>>;
	return Object.entries(lists).reduce<Array<Record<string, string>>>(
		(all, [name, values]) => all.flatMap((each) => values.map((value) => ({ ...each, [name]: String(value) }))),
		[{}],
	);
}

/** Puts values of the matrix in the place of `${{ matrix.name }}`. One that a job has not is empty, as on GitHub. */
export function filledIn(text: string, matrix: Record<string, string>): string {
	return text.replace(/\$\{\{ matrix\.([\w-]+) \}\}/g, (_, name: string) => matrix[name] ?? '');
}
