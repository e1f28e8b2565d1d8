import { closeUnreleased, sectionOf } from '../release/changelog.ts';
import { integrityOf } from '../release/checksums.ts';
import { linesWith, withVersion } from '../release/mentions.ts';
import {
	becomesLatest,
	isPrerelease,
	npmTagOf,
	readPackages,
	versionPattern,
	type Package,
} from '../release/packages.ts';
import { missingFacts } from '../release/problems.ts';

/** What the scripts in release/ are made of. `npm run release:dry-run` runs them all. */
const changelog = `# Changelog

Words before.

## Unreleased

### Added

- New.

## 0.1.10 - 2026-12-01

- Ten.

## 0.1.1 - 2026-11-30

- One.
`;

describe('the changelog', () => {
	test('a section goes up to the next one, and its version is not a part of another', () => {
		expect(sectionOf(changelog, '0.1.1')).toBe('- One.');
		expect(sectionOf(changelog, '0.1.10')).toBe('- Ten.');
		expect(sectionOf(changelog, '0.1.2')).toBeUndefined();
	});

	test('what is unreleased gets the version and the day, and nothing else changes', () => {
		const closed = closeUnreleased(changelog, '0.2.0', '2026-12-24');
		expect(sectionOf(closed, '0.2.0')).toBe('### Added\n\n- New.');
		expect(closed.replace('## 0.2.0 - 2026-12-24\n\n', '')).toBe(changelog);
	});

	test('a version that is there, and one without changes, are refused', () => {
		expect(() => closeUnreleased(changelog, '0.1.1', '2026-12-24')).toThrow('has a section "0.1.1" already');
		const empty = closeUnreleased(changelog, '0.2.0', '2026-12-24');
		expect(() => closeUnreleased(empty, '0.3.0', '2026-12-24')).toThrow('says nothing below "## Unreleased"');
	});
});

test('a pre-release has what is unreleased, and leaves it there for the release', () => {
	expect(closeUnreleased(changelog, '0.2.0-beta.1', '2026-12-24')).toBe(changelog);
	expect(sectionOf(changelog, '0.2.0-beta.1')).toBe('### Added\n\n- New.');
});

test.each(['1.2.3', '0.1.0', '1.0.0-beta.1', '10.20.30-rc'])('%s is a version', (version) => {
	expect(version).toMatch(versionPattern);
	expect(isPrerelease(version)).toBe(version.includes('-'));
});
test.each(['v1.2.3', '1.2', '1.2.3.4', '01.2.3', '1.2.3-', '1.2.3+4', 'latest'])('%s is none', (version) => {
	expect(version).not.toMatch(versionPattern);
});

test.each<[string, string | undefined, string]>([
	['0.1.0', undefined, 'latest'],
	['0.1.0', '0.1.0-beta.0', 'latest'],
	['1.10.0', '1.9.9', 'latest'],
	['1.2.3', '1.2.3', 'latest'],
	['1.2.4', '1.3.0', 'release-1.2'],
	['1.9.9', '1.10.0', 'release-1.9'],
	['1.9.9', '2.0.0-rc.1', 'release-1.9'],
	['2.0.0-rc.1', '1.9.9', 'next'],
	['0.1.0-beta.0', undefined, 'next'],
])('%s has at npm, where %s is the latest, the tag %s', (version, latest, tag) => {
	expect(npmTagOf(version, latest)).toBe(tag);
	expect(becomesLatest(version, latest)).toBe(tag === 'latest');
});

describe('what the docs say of a version', () => {
	test.each(['0.2.0', '0.2.0-beta.1'])('names %s afterwards, wherever a package is named with one', (version) => {
		const page = (own: string) =>
			[
				`n8n-nodes-humanloop-${own}.tgz, and npm install /x/humanloop-server-${own}.tgz`,
				`npm view n8n-nodes-humanloop@${own} dist.integrity`,
				`[{"name":"n8n-nodes-humanloop","version":"${own}","checksum":"sha512-…"}]`,
				`Enter n8n-nodes-humanloop@${own}.`,
			].join('\n');
		expect(withVersion(page('0.1.0'), version)).toBe(page(version));
		expect(withVersion(page('0.1.0-beta.1'), version)).toBe(page(version));
		expect(withVersion('n8n 2.41.1, humanloop@0.5.36', version)).toBe('n8n 2.41.1, humanloop@0.5.36');
	});

	test('what is left is listed with its line', () => {
		const page = 'From 0.1.0 on.\n\n10.1.0, 0.1.0.1, 0.1.0-beta.1, 127.0.1.0\n| 0.1.0 | x |\nIt is 0.1.0.';
		expect(linesWith(page, '0.1.0')).toEqual(['1: From 0.1.0 on.', '4: | 0.1.0 | x |', '5: It is 0.1.0.']);
	});
});

test('both packages have the same version', () => {
	const [node, server] = readPackages();
	expect(node!.version).toBe(server!.version);
});

describe('what only the owner can fill in', () => {
	const ready = (change: Partial<Package> = {}): Package[] => {
		const url = 'git+https://github.com/some/name.git';
		const both = { version: '1.0.0', author: { email: 'a@b.org' } };
		return [
			{ ...both, folder: '.', name: 'one', repository: { type: 'git', url } },
			{ ...both, folder: 'server', name: 'two', repository: { type: 'git', url, directory: 'server' }, ...change },
		];
	};

	test('nothing is missing', () => {
		expect(missingFacts(ready(), {})).toEqual([]);
		expect(missingFacts(ready(), { GITHUB_REPOSITORY: 'some/name' })).toEqual([]);
	});

	test.each<[string, Partial<Package>, NodeJS.ProcessEnv, RegExp]>([
		['no repository', { repository: undefined }, {}, /"repository.url" is missing/],
		[
			'a repository elsewhere',
			{},
			{ GITHUB_REPOSITORY: 'other/name' },
			/must be "git\+https:\/\/github.com\/other\/name.git"/,
		],
		[
			'no folder',
			{ repository: { type: 'git', url: 'git+https://github.com/some/name.git' } },
			{},
			/"repository.directory" must be "server"/,
		],
		['a placeholder', { author: { email: 'a@b.example' } }, {}, /nobody reads the author's address a@b.example/],
	])('%s', (_, change, env, expected) => {
		expect(missingFacts(ready(change), env)).toEqual(expect.arrayContaining([expect.stringMatching(expected)]));
	});
});

test('a checksum is the one that npm writes into a lock file', () => {
	// echo -n | openssl dgst -sha512 -binary | base64
	expect(integrityOf('/dev/null')).toBe(
		'sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==',
	);
});
