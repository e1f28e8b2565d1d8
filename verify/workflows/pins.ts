import type { Workflow } from './read.ts';

/** The names and tags below the heading "Actions pinned by tag" of docs/verification.md. */
export function listedTags(page: string): string[] {
	const section = /^#+ Actions pinned by tag$([\s\S]*?)(?=^#|$(?![\s\S]))/m.exec(page)?.[1] ?? '';
	return [...section.matchAll(/^- `([^`]+)`/gm)].map(([, name]) => name!);
}

/** The images that jobs run in. */
function imagesOf({ jobs }: Workflow): string[] {
	return Object.values(jobs).flatMap(({ container, services = {} }) => {
		const own = typeof container === 'string' ? container : container?.image;
		return [...(own ? [own] : []), ...Object.values(services).map(({ image }) => image)];
	});
}

/**
 * What is neither pinned by a commit with its tag beside it, nor listed as pinned by a tag; and what is listed without
 * being used.
 */
export function looseNames(workflows: Workflow[], listed: string[]): string[] {
	const problems: string[] = [];
	const tagged = new Set<string>();
	for (const workflow of workflows) {
		for (const [line] of workflow.text.matchAll(/^.*\buses:.*$/gm)) {
			const [, name, comment] = /uses:\s*(\S+)(?:\s+#\s*(\S+))?/.exec(line)!;
			if (name!.startsWith('./')) continue;
			if (/@[0-9a-f]{40}$/.test(name!)) {
				if (!/^v\d+(\.\d+)*$/.test(comment ?? ''))
					problems.push(`${workflow.file}: ${name} has no comment with its tag`);
			} else tagged.add(name!);
		}
		for (const image of imagesOf(workflow)) if (!/@sha256:[0-9a-f]{64}$/.test(image)) tagged.add(image);
	}
	for (const name of tagged)
		if (!listed.includes(name)) problems.push(`${name} is pinned by a tag, and docs/verification.md does not list it`);
	for (const name of listed)
		if (!tagged.has(name)) problems.push(`docs/verification.md lists ${name}, which is not used any more`);
	return problems;
}
