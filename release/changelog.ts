import { isPrerelease } from './packages.ts';

const heading = /^## (.*)$/gm;

/** The text below a heading of the second level, or undefined if there is no such heading. */
function textBelow(changelog: string, matches: (title: string) => boolean): string | undefined {
	const headings = [...changelog.matchAll(heading)];
	const index = headings.findIndex(([, title]) => matches(title!));
	if (index === -1) return undefined;
	const [line] = headings[index]!;
	return changelog.slice(headings[index]!.index + line.length, headings[index + 1]?.index).trim();
}

/** What changed in a version, without its heading. In a pre-release, that is what is unreleased. */
export function sectionOf(changelog: string, version: string): string | undefined {
	const name = isPrerelease(version) ? 'Unreleased' : version;
	return textBelow(changelog, (title) => title === name || title.startsWith(`${name} - `));
}

/**
 * Gives what is unreleased the version and the day of its release, and leaves "Unreleased" empty. A pre-release changes
 * nothing.
 *
 * @param day such as 2026-12-01
 */
export function closeUnreleased(changelog: string, version: string, day: string): string {
	if (!isPrerelease(version) && sectionOf(changelog, version) !== undefined)
		throw new Error(`CHANGELOG.md has a section "${version}" already.`);
	if (!textBelow(changelog, (title) => title === 'Unreleased'))
		throw new Error('CHANGELOG.md says nothing below "## Unreleased". Write there what changed.');
	if (isPrerelease(version)) return changelog;
	return changelog.replace(/^## Unreleased$/m, `## Unreleased\n\n## ${version} - ${day}`);
}
