import { execFileSync } from 'node:child_process';
import { globSync, writeFileSync } from 'node:fs';

import { closeUnreleased } from './changelog.ts';
import { missingDatabase } from './database.ts';
import { linesWith, withVersion } from './mentions.ts';
import { folders, readPackages, readText, versionPattern } from './packages.ts';
import { missingFacts, type LockFile } from './problems.ts';

/*
 * `npm run release -- 1.2.3`: gives both packages a version, closes the changelog, commits, and makes the tag v1.2.3. It
 * pushes nothing.
 */

const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();

const pages = () => ['README.md', 'server/README.md', ...globSync('docs/*.md')];

/** The files that say the version, with their new text. */
function filesOf(old: string, version: string): Map<string, string> {
	const files = new Map<string, string>();
	for (const folder of folders) {
		const file = `${folder}/package.json`;
		const line = `\n  "version": "${old}",`;
		const text = readText(file);
		if (!text.includes(line)) throw new Error(`${file} has not the version ${old}, as the other package.json has.`);
		files.set(file, text.replace(line, `\n  "version": "${version}",`));
	}
	const lock = JSON.parse(readText('package-lock.json')) as LockFile;
	lock.version = lock.packages['']!.version = lock.packages.server!.version = version;
	files.set('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
	for (const file of pages()) files.set(file, withVersion(readText(file), version));
	return files;
}

function main(version: string | undefined): void {
	if (!versionPattern.test(version ?? ''))
		throw new Error('Name the version: npm run release -- 1.2.3, or 1.3.0-beta.1');
	const tag = `v${version}`;
	if (git('status', '--porcelain')) throw new Error('Commit or remove your changes first: git status lists them.');
	if (git('tag', '--list', tag)) throw new Error(`The tag ${tag} exists already.`);
	const packages = readPackages();
	const missing = [...missingFacts(packages), missingDatabase(version!) ?? []].flat();
	if (missing.length > 0) throw new Error(missing.join('\n'));

	const files = filesOf(packages[0]!.version, version!);
	files.set('CHANGELOG.md', closeUnreleased(readText('CHANGELOG.md'), version!, new Date().toISOString().slice(0, 10)));
	for (const [file, text] of files) writeFileSync(file, text);
	const old = packages[0]!.version;
	const left =
		old === version ? [] : pages().flatMap((file) => linesWith(readText(file), old).map((line) => `${file}:${line}`));
	git('commit', '--quiet', '--all', '--message', `Release ${version}`);
	git('tag', '--annotate', '--message', `Release ${version}`, tag);
	// History and measurements keep the version that they are about. Only a person can tell.
	if (left.length > 0) console.log(`These lines still say ${old}. Is that right?\n${left.join('\n')}\n`);
	console.log(
		`Committed and tagged ${tag}. Look at it (git show), then push both:\n  git push --atomic origin HEAD ${tag}`,
	);
}

try {
	main(process.argv[2]);
} catch (error) {
	console.error((error as Error).message);
	process.exitCode = 1;
}
