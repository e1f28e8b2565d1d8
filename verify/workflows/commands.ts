import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { filledIn, matrixOf, stepsOf, type Place, type Workflow } from './read.ts';

interface PackageFile {
	name: string;
	scripts: Record<string, string>;
}

/** Files that a step before has made. */
const made = ['docker/.env'];

/** The commands of a step, one for each line and each job of the matrix, with their variables filled in. */
function commandsOf({ job, step }: Place): string[] {
	const lines = (step.run ?? '').replace(/\\\n\s*/g, '').split('\n');
	return matrixOf(job).flatMap((matrix) => {
		const env = Object.entries(step.env ?? {}).map(([name, value]) => [name, filledIn(value, matrix)] as const);
		return lines.flatMap((line) => {
			const filled = env.reduce(
				(text, [name, value]) => text.replaceAll(new RegExp(`"?\\$${name}\\b"?`, 'g'), value),
				line,
			);
			const command = filled.trim().replace(/ --$/, '');
			return [command, ...env.map(([name, value]) => `${name}=${value} ${command}`)].filter((each) => each !== '');
		});
	});
}

const shellProblems = new Map<string, string | null>();

/** Why the shell cannot read the script, or null. Asked once for each script: the tests check the same ones again and again. */
function shellProblem(shell: 'bash' | 'sh', script: string): string | null {
	const key = `${shell} ${script}`;
	let problem = shellProblems.get(key);
	if (problem === undefined) {
		const { status, stderr } = spawnSync(shell, ['-n'], { input: script, encoding: 'utf8' });
		shellProblems.set(key, (problem = status === 0 ? null : stderr));
	}
	return problem;
}

/** Commands that a shell cannot read, and scripts and files that do not exist. */
export function brokenCommands(root: string, workflow: Workflow): string[] {
	const packages = ['.', 'server'].map(
		(folder) => JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8')) as PackageFile,
	);
	const problems = new Set<string>();
	for (const place of stepsOf(workflow)) {
		const { job, step, id } = place;
		if (step.run === undefined) continue;
		const problem = shellProblem(job.container ? 'sh' : 'bash', step.run);
		if (problem !== null) problems.add(`${workflow.file}: the shell cannot read a step of ${id}: ${problem}`);
		for (const command of commandsOf(place)) {
			for (const name of missingScripts(command, packages))
				problems.add(`${workflow.file}: there is no ${name}: ${command}`);
			for (const [file] of command.matchAll(/(?<![^\s=])(\.ci|docker|server|release|e2e|test|docs)\/[\w./-]+/g))
				if (!made.includes(file) && !existsSync(path.join(root, file)))
					problems.add(`${workflow.file}: there is no file ${file}: ${command}`);
		}
	}
	return [...problems];
}

function missingScripts(command: string, packages: PackageFile[]): string[] {
	const [, own, arguments_ = ''] = /\bnpm (?:run (?:--silent )?|(?=test\b))([\w:-]+)(.*)/.exec(command) ?? [];
	if (own === undefined) return [];
	const [, workspace] = /(?:-w|--workspace)[ =](\S+)/.exec(arguments_) ?? [];
	const { scripts } = packages.find(({ name }) => name === workspace) ?? packages[0]!;
	return own in scripts ? [] : [`script "${own}"`];
}

/** What stands in CI for steps of .ci/run that are not run there as they are. */
const replacements: Record<string, string[]> = {
	// Each job installs what it needs.
	'.ci/debian-packages chromium nginx-light postgresql redis-server': [],
	'npm install-test': ['npm ci', 'npm run test:machine-node', 'TEST_STORAGE=sqlite npm test -w humanloop-server'],
	// Parts of what CI's machines run side by side.
	'npm run test:n8n-versions -- call. chat.errors completion.errors completion.items credentials tools': [
		'npm run test:n8n-versions',
	],
};

/** The steps of .ci/run that no job of CI runs. */
export function missingSteps(root: string, workflows: Workflow[]): string[] {
	const ci = workflows.find(({ file }) => file === 'ci.yml');
	if (!ci) return ['There is no ci.yml'];
	const commands = new Set(stepsOf(ci).flatMap(commandsOf));
	const steps = [...readFileSync(path.join(root, '.ci/run'), 'utf8').matchAll(/^step "[^"]+" (?:env )?(.+)$/gm)];
	if (steps.length === 0) return ['.ci/run has no steps'];
	return steps
		.flatMap(([, step]) => replacements[step!] ?? [step!])
		.filter((command) => !commands.has(command))
		.map((command) => `.ci/run runs "${command}", and no job of ci.yml does`);
}
