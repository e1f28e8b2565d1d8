import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { brokenCommands, missingSteps } from '../verify/workflows/commands.ts';
import { wrongForms, wrongUpdates } from '../verify/workflows/forms.ts';
import { listedTags, looseNames } from '../verify/workflows/pins.ts';
import { readWorkflows, type Workflow } from '../verify/workflows/read.ts';
import { cachesOfReleases, missingLimits, openDoors, racingReleases, wrongRights } from '../verify/workflows/rules.ts';

/** The checks of .github/ in `npm run verify` are shown to fail: each gets a copy with one mistake. */
let root: string;
beforeEach(() => {
	root = mkdtempSync(path.join(tmpdir(), 'humanloop-github-'));
	mkdirSync(path.join(root, 'server'));
	for (const each of ['.github', '.ci', 'docker', 'docs/verification.md', 'package.json', 'server/package.json'])
		cpSync(each, path.join(root, each), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function change(file: string, old: string | RegExp, by: string): void {
	const text = readFileSync(path.join(root, file), 'utf8');
	const changed = text.replace(old, by);
	expect(changed).not.toBe(text);
	writeFileSync(path.join(root, file), changed);
}

const tags = () => listedTags(readFileSync(path.join(root, 'docs/verification.md'), 'utf8'));
const checks: Record<string, (workflows: Workflow[]) => string[]> = {
	looseNames: (workflows) => looseNames(workflows, tags()),
	wrongRights: (workflows) => workflows.flatMap(wrongRights),
	missingLimits: (workflows) => workflows.flatMap(missingLimits),
	openDoors: (workflows) => workflows.flatMap(openDoors),
	cachesOfReleases: (workflows) => workflows.flatMap(cachesOfReleases),
	racingReleases: (workflows) => workflows.flatMap(racingReleases),
	brokenCommands: (workflows) => workflows.flatMap((each) => brokenCommands(root, each)),
	missingSteps: (workflows) => missingSteps(root, workflows),
	wrongUpdates: () => wrongUpdates(root),
	wrongForms: () => wrongForms(root),
};
const problems = () => {
	const workflows = readWorkflows(root);
	return Object.values(checks).flatMap((each) => each(workflows));
};

const ci = '.github/workflows/ci.yml';
const publish = '.github/workflows/publish.yml';

test('nothing is wrong as it is', () => {
	expect(problems()).toEqual([]);
	expect(tags()).not.toEqual([]);
});

test.each<[string, string, string | RegExp, string, RegExp]>([
	['an action with a tag', ci, /checkout@\w{40} # v7.0.1/, 'checkout@v7', /checkout@v7 is pinned by a tag/],
	['a commit without its tag', ci, / # v7.0.1/, '', /checkout@\w+ has no comment with its tag/],
	['another image', ci, 'image: node:24-bookworm', 'image: node:latest', /node:latest is pinned by a tag/],
	['a listed tag that is gone', 'docs/verification.md', /^- `node:24-bookworm`/m, '- `old:1`\n$&', /lists old:1/],
	['rights for all jobs', publish, 'permissions: {}', 'permissions: write-all', /"permissions" is not \{\}/],
	[
		'a right too many',
		publish,
		'contents: read',
		'contents: write',
		/the job test may write contents, expected nothing/,
	],
	[
		'a job that lists no rights',
		ci,
		/ +permissions:\n +contents: read\n/,
		'',
		/the job check does not list its permissions/,
	],
	['no time limit', ci, / +timeout-minutes: 30\n/, '', /the job check has no "timeout-minutes"/],
	['no concurrency', ci, /^concurrency:\n.*\n.*\n/m, '', /there is no "concurrency"/],
	['rights for forks', ci, '  pull_request:', '  pull_request_target:', /pull_request_target runs with rights/],
	['a secret', publish, 'github.token', 'secrets.GITHUB_TOKEN', /uses secrets/],
	[
		'an expression in a shell',
		ci,
		'run: npm run lint',
		'run: echo ${{ github.head_ref }}',
		/an expression in a command/,
	],
	['a token left behind', ci, 'persist-credentials: false', 'persist-credentials: true', /leaves GitHub's token/],
	[
		'a cache of npm',
		publish,
		'package-manager-cache: false',
		'cache: npm',
		/the job pack uses a cache: cache,|uses a cache: cache$/,
	],
	['a cache of buildx', publish, 'cache-binary: false', 'version: latest', /the job image uses a cache: cache-binary/],
	['releases that run at once', publish, 'group: publish', 'group: publish-${{ github.ref }}', /do not share one/],
	[
		'a release that ends another one',
		publish,
		'cancel-in-progress: false',
		'cancel-in-progress: true',
		/cancels the one/,
	],
	[
		'a release that is not queued',
		publish,
		'queue: max',
		'queue: single',
		/a third release cancels the one that waits/,
	],
	['a script that is gone', ci, 'run: npm run lint', 'run: npm run lintt', /there is no script "lintt"/],
	["a server's script that is gone", ci, 'npm test -w', 'npm run testt -w', /there is no script "testt"/],
	['a file that is gone', ci, '.ci/debian-packages', '.ci/packages', /there is no file .ci\/packages/],
	['a shell that cannot read', publish, 'esac', 'fi', /the shell cannot read a step of release/],
	['a step less than .ci/run', ci, /\n +- script: e2e:queue\n.*/, '', /"npm run e2e:queue", and no job/],
	['an argument less than .ci/run', ci, /\n +arguments: --fast/, '', /"npm run e2e:page -- --fast", and no job/],
	[
		'a step more in .ci/run',
		'.ci/run',
		/^step "npm run lint".*$/m,
		'$&\nstep "more" npm run more',
		/"npm run more", and no job/,
	],
	['no cool-down', '.github/dependabot.yml', /default-days: 14/, 'default-days: 3', /no cool-down/],
	[
		'a cool-down that GitHub refuses',
		'.github/dependabot.yml',
		/default-days: 14\n +groups:\n +actions/,
		'semver-major-days: 30\n    $&',
		/cannot tell versions apart/,
	],
	['a dependency that is gone', '.github/dependabot.yml', 'name: eslint\n', 'name: tslint\n', /ignores tslint/],
	[
		'a folder that is gone',
		'.github/dependabot.yml',
		'directory: /docker',
		'directory: /dockers',
		/no folder \/dockers/,
	],
	['a form with an id twice', '.github/ISSUE_TEMPLATE/bug.yml', 'id: expected', 'id: happened', /an id is there twice/],
	['a form with a wrong type', '.github/ISSUE_TEMPLATE/bug.yml', 'type: dropdown', 'type: select', /no such type/],
])('%s is found', (_, file, old, by, expected) => {
	change(file, old, by);
	expect(problems()).toEqual(expect.arrayContaining([expect.stringMatching(expected)]));
});

test("GitHub's parser reads each workflow, and refuses a key and an expression that it does not know", () => {
	const program = ['--import', 'tsx', path.resolve('verify/workflows/main.ts'), root];
	expect(execFileSync(process.execPath, program, { encoding: 'utf8' })).toMatch(
		/^verify:workflows: 11 passed, 0 failed$/m,
	);
	change(ci, 'runs-on:', 'run-on:');
	change(publish, '${{ github.actor }}', '${{ githup.actor }}');
	const { status, stdout } = spawnSync(process.execPath, program, { encoding: 'utf8' });
	expect(status).toBe(1);
	expect(stdout).toMatch(/✗ GitHub's parser accepts each workflow\n {2}ci.yml .*'run-on'/);
	expect(stdout).toMatch(/publish.yml .*'githup'/);
});
