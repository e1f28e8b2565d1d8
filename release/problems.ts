import { sectionOf } from './changelog.ts';
import { readPackages, readText, type Package } from './packages.ts';

export interface LockFile {
	version: string;
	packages: Record<string, { version: string }>;
}

/** What only the owner of the repository can fill in, and npm's provenance and n8n's verification need. */
export function missingFacts(packages: Package[], { GITHUB_REPOSITORY: repository } = process.env): string[] {
	const problems: string[] = [];
	for (const { folder, author, repository: own } of packages) {
		const file = folder === '.' ? 'package.json' : `${folder}/package.json`;
		const address = repository ? `git+https://github.com/${repository}.git` : 'git+https://github.com/OWNER/NAME.git';
		const isRight = repository
			? own?.url === address
			: /^git\+https:\/\/github\.com\/[^/]+\/[^/]+\.git$/.test(own?.url ?? '');
		if (!isRight)
			problems.push(`${file}: "repository.url" is ${own ? `"${own.url}"` : 'missing'}. It must be "${address}".`);
		if (own && folder !== '.' && own.directory !== folder)
			problems.push(`${file}: "repository.directory" must be "${folder}".`);
		if (/\.(example|invalid|test)$/.test(author.email))
			problems.push(`${file}: nobody reads the author's address ${author.email}. n8n sends its mail there.`);
	}
	return problems;
}

/** What keeps a tag from being released. */
export function problemsOf(tag: string): string[] {
	const packages = readPackages();
	const problems = missingFacts(packages);
	for (const { name, version } of packages)
		if (tag !== `v${version}`) problems.push(`The tag is ${tag}, but ${name} has the version ${version}.`);
	const lock = JSON.parse(readText('package-lock.json')) as LockFile;
	const [root, server] = packages.map(({ version }) => version);
	if (lock.version !== root || lock.packages['']!.version !== root || lock.packages.server!.version !== server)
		problems.push('package-lock.json has other versions than the two package.json.');
	if (!sectionOf(readText('CHANGELOG.md'), tag.slice(1)))
		problems.push(`CHANGELOG.md does not say what changed in ${tag.slice(1)}.`);
	return problems;
}
