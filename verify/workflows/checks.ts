import { readFileSync } from 'node:fs';
import path from 'node:path';

import { brokenCommands, missingSteps } from './commands.ts';
import { wrongForms, wrongUpdates } from './forms.ts';
import { parserErrors } from './parser.ts';
import { listedTags, looseNames } from './pins.ts';
import { readWorkflows } from './read.ts';
import { cachesOfReleases, missingLimits, openDoors, racingReleases, wrongRights } from './rules.ts';

/** A check of what is in .github/, without GitHub. */
export interface WorkflowCheck {
	name: string;
	/** What is wrong, one line each. */
	problems: string[];
}

/** @param root the folder of the repository */
export async function workflowChecks(root: string): Promise<WorkflowCheck[]> {
	const workflows = readWorkflows(root);
	const listed = listedTags(readFileSync(path.join(root, 'docs/verification.md'), 'utf8'));
	return [
		{
			name: "GitHub's parser accepts each workflow",
			problems: (await Promise.all(workflows.map(parserErrors))).flat(),
		},
		{ name: 'actions and images are pinned, or listed', problems: looseNames(workflows, listed) },
		{ name: 'each job has just the rights that it needs', problems: workflows.flatMap(wrongRights) },
		{ name: 'each job has a time limit, each workflow a concurrency', problems: workflows.flatMap(missingLimits) },
		{ name: 'nothing from outside reaches a shell or a secret', problems: workflows.flatMap(openDoors) },
		{ name: 'what is published comes from no cache', problems: workflows.flatMap(cachesOfReleases) },
		{ name: 'releases wait for each other', problems: workflows.flatMap(racingReleases) },
		{
			name: 'scripts and files of each command exist',
			problems: workflows.flatMap((workflow) => brokenCommands(root, workflow)),
		},
		{ name: 'CI runs each step of .ci/run', problems: missingSteps(root, workflows) },
		{ name: 'Dependabot waits before it updates', problems: wrongUpdates(root) },
		{ name: 'GitHub can show the issue forms', problems: wrongForms(root) },
	];
}
