import path from 'node:path';

import { anchorsOf, linksOf } from './markdown.ts';

/** The pages of the packages at npm, which are their READMEs. */
const packagePages: Record<string, string> = {
	'https://www.npmjs.com/package/n8n-nodes-humanloop': 'README.md',
	'https://www.npmjs.com/package/humanloop-server': 'server/README.md',
};

/**
 * The links that lead nowhere: to a file that is not there, or to a heading that its page does not have. Addresses of
 * other sites are left alone.
 *
 * @param pages the text of each Markdown file, by its path in the repository
 * @param exists whether the repository has a file or folder
 */
export function brokenLinks(pages: ReadonlyMap<string, string>, exists: (file: string) => boolean): string[] {
	const anchors = new Map([...pages].map(([file, page]) => [file, anchorsOf(page)]));
	return [...pages].flatMap(([file, page]) =>
		linksOf(page).flatMap(({ target, line }) => {
			const problem = problemOf(file, target, anchors, exists);
			return problem ? [`${file}:${line} ${target}: ${problem}`] : [];
		}),
	);
}

/**
 * The mentions of pages in other files that lead nowhere, such as `docs/calls.md#idempotency` in an error message.
 *
 * @param files the text of each file, by its path
 */
export function brokenMentions(
	files: ReadonlyMap<string, string>,
	pages: ReadonlyMap<string, string>,
	exists: (file: string) => boolean,
): string[] {
	const anchors = new Map([...pages].map(([file, page]) => [file, anchorsOf(page)]));
	const sites = Object.keys(packagePages).map((site) => `${site.replaceAll('.', '\\.')}#[\\w-]+`);
	const mention = new RegExp(`(?<![\\w./-])(?:docs/[\\w/-]+\\.md(?:#[\\w-]+)?|${sites.join('|')})`, 'g');
	return [...files].flatMap(([file, text]) =>
		[...text.matchAll(mention)].flatMap(([target]) => {
			// From the root, wherever the file is.
			const problem = problemOf('', target, anchors, exists);
			return problem ? [`${file} ${target}: ${problem}`] : [];
		}),
	);
}

function problemOf(
	from: string,
	target: string,
	anchors: ReadonlyMap<string, Set<string>>,
	exists: (file: string) => boolean,
): string | undefined {
	const [address = '', anchor] = target.split('#', 2);
	const own = packagePages[address];
	if (!own && /^[a-z]+:/i.test(address)) return undefined;
	const file = own ?? (address === '' ? from : path.join(path.dirname(from), decodeURI(address)));
	if (!exists(file)) return 'there is no such file';
	if (anchor === undefined) return undefined;
	const known = anchors.get(file);
	if (!known) return 'the file is not Markdown, so it has no headings';
	return known.has(decodeURIComponent(anchor)) ? undefined : 'the page has no such heading';
}
