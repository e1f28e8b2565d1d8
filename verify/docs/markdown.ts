/** What the checks read in a page of Markdown. */

export interface Fence {
	/** Such as `sh`; empty if it names none. */
	language: string;
	text: string;
	/** The line of the page where its text begins. */
	line: number;
}

const fencePattern = /^( *)```([\w-]*)[^\n]*\n(.*?)^\1```$/gms;

/** The blocks between lines of three backquotes. */
export function fencesOf(page: string): Fence[] {
	return [...page.matchAll(fencePattern)].map(({ 0: whole, 1: indent, 2: language, 3: text, index }) => {
		const before = page.slice(0, index + whole.indexOf('\n') + 1);
		return {
			language: language!,
			text: text!.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
			line: before.split('\n').length,
		};
	});
}

/** The page without its fences and comments. The lines keep their numbers. */
export function proseOf(page: string): string {
	const blank = (text: string) => text.replace(/[^\n]/g, '');
	return page.replace(fencePattern, blank).replace(/<!--.*?-->/gs, blank);
}

/** What stands between single backquotes, outside of fences. */
export function codeSpansOf(page: string): string[] {
	return [...proseOf(page).matchAll(/(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)/gs)].map(([, , code]) =>
		code!.replace(/\s+/g, ' ').trim(),
	);
}

/** The targets of links and pictures, with the lines where they are. */
export function linksOf(page: string): { target: string; line: number }[] {
	const prose = proseOf(page).replace(/(`+)(?!`).*?(?<!`)\1(?!`)/g, (code) => ' '.repeat(code.length));
	const patterns = [/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g, /^\[[^\]]+\]: <?(\S+?)>?$/gm, /\b(?:href|src)="([^"]+)"/g];
	return patterns.flatMap((pattern) =>
		[...prose.matchAll(pattern)].map(({ 1: target, index }) => ({
			target: target!,
			line: prose.slice(0, index).split('\n').length,
		})),
	);
}

/** The anchors that GitHub gives to the headings of a page, and those that its HTML names. */
export function anchorsOf(page: string): Set<string> {
	const anchors = new Set<string>();
	const prose = proseOf(page);
	for (const [, heading] of prose.matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
		const anchor = slugOf(heading!);
		let name = anchor;
		for (let number = 1; anchors.has(name); number++) name = `${anchor}-${number}`;
		anchors.add(name);
	}
	for (const [, name] of prose.matchAll(/<\w+ (?:id|name)="([^"]+)"/g)) anchors.add(name!);
	return anchors;
}

/** Letters and digits of any script stay, spaces become hyphens, and what is left is dropped. */
function slugOf(heading: string): string {
	return heading
		.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
		.toLowerCase()
		.replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
		.replaceAll(' ', '-');
}
