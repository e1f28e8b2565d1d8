const ours = '(?:n8n-nodes-humanloop|humanloop-server)';

/** What stands between a package and its version: in a tarball, after npm, in an image and in n8n's list of nodes. */
const between = '(?:[-@:]|","version":")';

/** A version with what makes it a pre-release, without the ".tgz" after it. */
const version = String.raw`\d+\.\d+\.\d+(?:-[0-9a-z]+(?:\.(?!tgz\b)[0-9a-z]+)*)?`;

/** A page that names our packages with another version. */
export function withVersion(page: string, next: string): string {
	return page.replace(new RegExp(`\\b(${ours}${between})${version}`, 'g'), (_, name: string) => name + next);
}

/** The lines of a page that still say a version, with their numbers. */
export function linesWith(page: string, old: string): string[] {
	const isThere = new RegExp(`(?<![\\w.-])${old.replaceAll('.', '\\.')}(?![\\w-]|\\.\\w)`);
	return page.split('\n').flatMap((line, index) => (isThere.test(line) ? [`${index + 1}: ${line.trim()}`] : []));
}
