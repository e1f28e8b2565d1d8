import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
	appendFileSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { check, total } from '../../e2e/check.ts';
import { readWorkflows } from '../../verify/workflows/read.ts';
import { integrityOf } from '../checksums.ts';
import { runJob, type JobRun, type Values } from './job.ts';
import { startRegistry, type Registry } from './registry.ts';
import { makeStandIns } from './standIns.ts';

/*
 * `npm run release:dry-run`: prepares a release of the last commit in a clone, and runs the commands of
 * .github/workflows/publish.yml for its tag, against a registry of its own. Nothing leaves this machine.
 */

const owner = { repository: 'Some-Owner/some-name', email: 'owner@dry-run.org' };
const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
const noDocker = 'because it needs Docker and GitHub';
const skipped = {
	'actions/checkout': 'each job has a clone of its own',
	'actions/setup-node': 'the Node.js 24 in node_modules stands in',
	'npm ci --ignore-scripts': 'the job "pack" gets the node_modules that are here',
	'docker/setup-qemu-action': noDocker,
	'docker/setup-buildx-action': noDocker,
	'docker/login-action': noDocker,
	'docker/build-push-action': noDocker,
	'sigstore/cosign-installer': 'a stand-in writes down how cosign is called',
};

/** Fills in what the owner has to, in the clone, and gives the changelog a line. */
function prepareOwner(clone: string): void {
	for (const folder of ['.', 'server']) {
		const file = path.join(clone, folder, 'package.json');
		const manifest = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
		manifest.author = { ...(manifest.author as object), email: owner.email };
		manifest.repository = {
			type: 'git',
			url: `git+https://github.com/${owner.repository}.git`,
			...(folder === '.' ? {} : { directory: folder }),
		};
		writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
	}
	const changelog = path.join(clone, 'CHANGELOG.md');
	const text = readFileSync(changelog, 'utf8');
	writeFileSync(changelog, text.replace(/^## Unreleased$/m, '## Unreleased\n\n- A line of the dry run.'));
}

function linkModules(clone: string): void {
	for (const folder of ['node_modules', 'server/node_modules'])
		if (existsSync(folder)) symlinkSync(path.resolve(folder), path.join(clone, folder));
	// The line in .gitignore is about folders, not about links.
	appendFileSync(path.join(clone, '.git/info/exclude'), 'node_modules\n');
}

async function dryRun(folder: string, registry: Registry): Promise<void> {
	const standIns = makeStandIns(path.join(folder, 'programs'));
	const { author, version: current } = JSON.parse(readFileSync('package.json', 'utf8')) as {
		author: { name: string };
		version: string;
	};
	const [major, minor, patch] = current.split(/[.-]/);
	const version = `${major}.${minor}.${Number(patch) + 1}`;
	const tag = `v${version}`;
	const userConfig = path.join(folder, 'npmrc');
	writeFileSync(userConfig, `registry=${registry.url}\n${registry.url.replace('http:', '')}:_authToken=dry-run\n`);
	const env = {
		PATH: [path.join(folder, 'programs'), path.dirname(process.execPath), process.env.PATH].join(path.delimiter),
		HOME: folder,
		RUNNER_TEMP: folder,
		NPM_CONFIG_USERCONFIG: userConfig,
		GIT_AUTHOR_NAME: author.name,
		GIT_AUTHOR_EMAIL: owner.email,
		GIT_COMMITTER_NAME: author.name,
		GIT_COMMITTER_EMAIL: owner.email,
		GITHUB_REF_NAME: tag,
		GITHUB_REPOSITORY: owner.repository,
		GITHUB_REPOSITORY_OWNER: owner.repository.split('/')[0]!,
		GITHUB_SERVER_URL: 'https://github.com',
		GITHUB_WORKFLOW_REF: `${owner.repository}/.github/workflows/publish.yml@refs/tags/${tag}`,
	};
	// Not the synchronous one: the registry is in this process.
	const run = async (cwd: string, program: string, ...args: string[]) =>
		(await promisify(execFile)(program, args, { cwd, env })).stdout.trim();
	const npm = (cwd: string, ...args: string[]) => run(cwd, 'npm', 'run', '--silent', ...args);
	const source = path.join(folder, 'source');

	await check(`npm run release -- ${version} commits and tags`, async () => {
		await run('.', 'git', 'clone', '--quiet', process.cwd(), source);
		linkModules(source);
		await assert.rejects(npm(source, 'release', '--', version), /"repository.url" is missing|nobody reads/);
		prepareOwner(source);
		await assert.rejects(npm(source, 'release', '--', version), /Commit or remove your changes/);
		await run(source, 'git', 'commit', '--quiet', '--all', '--message', 'What the owner fills in');
		await npm(source, 'release', '--', version);
		assert.equal(await run(source, 'git', 'describe', '--exact-match'), tag);
		assert.equal(await run(source, 'git', 'status', '--porcelain'), '');
		const guide = readFileSync(path.join(source, 'docs/installing.md'), 'utf8');
		for (const text of [`-${version}.tgz`, `n8n-nodes-humanloop@${version}`, `"version":"${version}"`])
			assert.ok(guide.includes(text), text);
		assert.ok(!guide.includes(current), `docs/installing.md still says ${current}`);
	});

	const values: Values = { 'github.token': 'token', 'steps.build.outputs.digest': digest };
	const { jobs } = readWorkflows(source).find(({ file }) => file === 'publish.yml')!;
	const artifacts = path.join(folder, 'artifacts');
	mkdirSync(artifacts);
	const jobRun = async (id: string): Promise<JobRun> => {
		const clone = path.join(folder, `job-${id}`);
		await run('.', 'git', 'clone', '--quiet', '--branch', tag, '--config', 'advice.detachedHead=false', source, clone);
		// The other jobs install nothing.
		if (id.startsWith('pack')) linkModules(clone);
		return { clone, artifacts, env, values, skipped };
	};
	for (const id of ['pack', 'npm', 'image', 'release'])
		Object.assign(values, await runJob(id, jobs[id]!, await jobRun(id)));

	const names = ['n8n-nodes-humanloop', 'humanloop-server'];
	const tarball = (name: string) => path.join(artifacts, 'packages', `${name}-${version}.tgz`);
	await check('the registry has both packages, with the checksums of the tarballs', () => {
		for (const name of names) {
			const { 'dist-tags': tags, versions } = registry.packages.get(name)!;
			assert.equal(tags.latest, version);
			assert.equal(versions[version]!.dist.integrity, integrityOf(tarball(name)));
		}
	});
	await check('the notes say what changed, and give n8n the checksum that the registry has', () => {
		const notes = readFileSync(path.join(folder, 'notes.md'), 'utf8');
		assert.match(notes, /^- A line of the dry run\.$/m);
		const list = /^N8N_COMMUNITY_PACKAGES='(.*)'$/m.exec(notes)![1]!;
		const checksum = registry.packages.get(names[0]!)!.versions[version]!.dist.integrity;
		assert.deepEqual(JSON.parse(list), [{ name: names[0], version, checksum }]);
		assert.ok(notes.includes(`cosign verify ghcr.io/some-owner/humanloop-server@${digest} \\\n`), notes);
	});
	await check('cosign signs the digest, and checks that this workflow has signed it', () => {
		const image = `ghcr.io/some-owner/humanloop-server@${digest}`;
		const [sign, verify] = standIns.calls('cosign');
		assert.deepEqual(sign, ['sign', '--yes', image]);
		assert.deepEqual(verify!.slice(0, 4), [
			'verify',
			image,
			'--certificate-identity',
			`https://github.com/${env.GITHUB_WORKFLOW_REF}`,
		]);
		assert.equal(
			values['steps.names.outputs.tags'],
			`ghcr.io/some-owner/humanloop-server:${version},ghcr.io/some-owner/humanloop-server:latest`,
		);
	});
	await check('gh creates the release of the tag, with both tarballs', () => {
		const [args] = standIns.calls('gh');
		const files = names.map((name) => `release-files/${name}-${version}.tgz`).sort();
		assert.deepEqual(args!.slice(0, 5), ['release', 'create', tag, ...files]);
		assert.ok(args!.includes('--latest=true'));
		assert.ok(!args!.includes('--prerelease'));
	});
	await runJob('npm', jobs.npm!, await jobRun('npm-again'));
	await check('another file of the same version is refused', async () => {
		const { clone } = await jobRun('npm-other');
		mkdirSync(path.join(clone, 'release-files'));
		for (const name of names) writeFileSync(path.join(clone, 'release-files', `${name}-${version}.tgz`), 'other');
		await assert.rejects(npm(clone, 'release:publish'), /npm has another n8n-nodes-humanloop/);
	});
	await check('a version of an older line does not become the latest one', async () => {
		const { clone } = await jobRun('npm-older');
		mkdirSync(path.join(clone, 'release-files'));
		for (const where of ['.', 'server']) {
			const file = path.join(clone, where, 'package.json');
			const { name } = JSON.parse(readFileSync(file, 'utf8')) as { name: string };
			writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), version: '0.0.9' }));
			const small = path.join(folder, `older-${name}`);
			mkdirSync(small);
			writeFileSync(path.join(small, 'package.json'), JSON.stringify({ name, version: '0.0.9' }));
			await run(small, 'npm', 'pack', '--silent', '--pack-destination', path.join(clone, 'release-files'));
		}
		assert.equal(await npm(clone, 'release:latest'), 'false');
		await npm(clone, 'release:publish');
		for (const name of names)
			assert.deepEqual(registry.packages.get(name)!['dist-tags'], { latest: version, 'release-0.0': '0.0.9' });
	});

	const newer = `${major}.${Number(minor) + 1}.0`;
	for (const name of names) {
		const { versions, 'dist-tags': tags } = registry.packages.get(name)!;
		versions[newer] = { ...versions[version]!, version: newer };
		tags.latest = newer;
	}
	await runJob('image', jobs.image!, await jobRun('image-again'));
	await runJob('release', jobs.release!, await jobRun('release-again'));
	await check('jobs that run again after a newer release leave it the latest one', () => {
		assert.equal(values['steps.names.outputs.tags'], `ghcr.io/some-owner/humanloop-server:${version}`);
		assert.ok(standIns.calls('gh').at(-1)!.includes('--latest=false'));
	});
}

async function main(): Promise<void> {
	const folder = mkdtempSync(path.join(tmpdir(), 'humanloop-release-'));
	const registry = await startRegistry();
	try {
		await dryRun(folder, registry);
	} finally {
		await registry.close();
		rmSync(folder, { recursive: true, force: true });
	}
	process.exitCode = total('release:dry-run') ? 0 : 1;
}

main().catch((error: Error) => {
	console.error(error);
	process.exitCode = 1;
});
