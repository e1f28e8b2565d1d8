import { stepsOf, type Workflow } from './read.ts';

/** The only jobs that may write anything. A right that is not needed any more must go here, too. */
const rightsToWrite: Record<string, string[]> = {
	'codeql.yml analyze': ['security-events'],
	'publish.yml npm': ['id-token'],
	'publish.yml image': ['id-token', 'packages'],
	'publish.yml release': ['contents'],
};

/** Each job has just the rights that it needs. */
export function wrongRights({ file, permissions, jobs }: Workflow): string[] {
	const problems: string[] = [];
	if (JSON.stringify(permissions) !== '{}') problems.push(`${file}: "permissions" is not {}`);
	for (const [id, job] of Object.entries(jobs)) {
		if (typeof job.permissions !== 'object') {
			problems.push(`${file}: the job ${id} does not list its permissions`);
			continue;
		}
		const written = Object.entries(job.permissions).filter(([, right]) => right !== 'read' && right !== 'none');
		const names = written.map(([name]) => name).sort();
		const expected = rightsToWrite[`${file} ${id}`] ?? [];
		if (names.join() !== expected.join())
			problems.push(
				`${file}: the job ${id} may write ${names.join() || 'nothing'}, expected ${expected.join() || 'nothing'}`,
			);
	}
	return problems;
}

/** No job runs for hours, and no workflow runs twice for the same branch. */
export function missingLimits({ file, concurrency, jobs }: Workflow): string[] {
	const endless = Object.entries(jobs)
		.filter(([, job]) => !job.uses && !(Number(job['timeout-minutes']) <= 60))
		.map(([id]) => `${file}: the job ${id} has no "timeout-minutes" of 60 or less`);
	return concurrency ? endless : [`${file}: there is no "concurrency"`, ...endless];
}

/** What others wrote (titles, branches) reaches no shell, no secret is used, and no job of a fork gets rights. */
export function openDoors(workflow: Workflow): string[] {
	const { file, text, on } = workflow;
	const problems: string[] = [];
	for (const event of ['pull_request_target', 'workflow_run', 'issue_comment'])
		if (event in on) problems.push(`${file}: ${event} runs with rights of this repository`);
	if (/\bsecrets\b/.test(text)) problems.push(`${file}: uses secrets`);
	for (const { id, step } of stepsOf(workflow)) {
		if (step.run?.includes('${{'))
			problems.push(`${file}: the job ${id} has an expression in a command; put it into "env": ${step.run.trim()}`);
		if (step.uses?.startsWith('actions/checkout@') && step.with?.['persist-credentials'] !== false)
			problems.push(`${file}: the checkout of the job ${id} leaves GitHub's token in .git/config`);
	}
	return problems;
}

/** What is published comes from no cache, because jobs of other branches can write to it. */
export function cachesOfReleases(workflow: Workflow): string[] {
	const { file, on } = workflow;
	if (!(on.push as { tags?: unknown } | null)?.tags) return [];
	const off: Record<string, string> = {
		'actions/setup-node': 'package-manager-cache',
		'docker/setup-qemu-action': 'cache-image',
		'docker/setup-buildx-action': 'cache-binary',
	};
	return stepsOf(workflow).flatMap(({ id, step: { uses = '', with: inputs = {} } }) => {
		const input = off[uses.split('@')[0]!];
		const named = ['cache', 'cache-from', 'cache-to'].filter((name) => name in inputs);
		if (input && inputs[input] !== false) named.push(`${input} (not false)`);
		return named.map((name) => `${file}: the job ${id} uses a cache: ${name}`);
	});
}

/**
 * Releases wait for each other, whatever their tags are. Two at once could both read what npm's latest version is, and the
 * older one take its place last. A queue keeps the one that waits when a third one comes.
 */
export function racingReleases({ file, on, concurrency }: Workflow): string[] {
	if (!(on.push as { tags?: unknown } | null)?.tags) return [];
	const rules = (concurrency ?? {}) as Record<string, unknown>;
	const problems: string[] = [];
	if (typeof rules.group !== 'string' || rules.group.includes('${{'))
		problems.push('its releases do not share one concurrency group');
	if (rules['cancel-in-progress'] !== false) problems.push('a release cancels the one before it');
	if (rules.queue !== 'max') problems.push('a third release cancels the one that waits');
	return problems.map((problem) => `${file}: ${problem}`);
}
