/** What is a variable of a template, as the server reads it (domain/prompts/template.ts). */
export const placeholder = /\{\{\s?([a-zA-Z_\d.[\]]+|[a-zA-Z_\-\d]+\([a-zA-Z_\-\d,\s"]+\))\s?\}\}/g;

/** An expression, a statement or a comment of Jinja. */
export const jinjaPart = /\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}/gs;

/** Names that Jinja has itself. */
const jinjaWords = new Set(
	'and or not in is if else elif for endfor endif set true false none True False None loop range dict recursive'.split(
		' ',
	),
);

/** The names that Jinja reads from the inputs: a good guess, because only the server's engine reads all of its syntax. */
function jinjaVariables(template: string): string[] {
	const own = new Set(jinjaWords);
	const names: string[] = [];
	for (const [part] of template.matchAll(jinjaPart)) {
		if (part.startsWith('{#')) continue;
		const code = part.slice(2, -2).replace(/"[^"]*"|'[^']*'/g, ' ');
		const bound = /^[-+]?\s*(?:for|set)\s+([\w\s,]+?)\s*(?:\bin\b|=)/.exec(code)?.[1];
		for (const name of bound?.match(/\w+/g) ?? []) own.add(name);
		// Neither an attribute (.x), nor a filter (| x), nor a named argument (x=).
		for (const [, before, name] of code.matchAll(/([.|]\s*)?\b([A-Za-z_]\w*)\b(?!\s*(?:\(|=(?!=)))/g)) {
			if (before === undefined && !own.has(name!)) names.push(name!);
		}
	}
	return [...new Set(names)].filter((name) => !own.has(name));
}

/** The names of the inputs that templates need, each once, in their order. */
export function variablesOf(templates: readonly string[], language: 'default' | 'jinja'): string[] {
	const found = templates.flatMap((template) =>
		language === 'jinja' ? jinjaVariables(template) : [...template.matchAll(placeholder)].map((match) => match[1]!),
	);
	return [...new Set(found)];
}
