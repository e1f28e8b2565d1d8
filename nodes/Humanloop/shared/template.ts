import type { IDataObject } from 'n8n-workflow';

/**
 * The two forms that Humanloop's own clients fill (prompt_utils of their Python SDK): a variable, and a tool call
 * whose whole signature is the input's name. At most one white space character stands on each side.
 */
const placeholder = /\{\{\s?([a-zA-Z_\d.[\]]+|[a-zA-Z_\-\d]+\([a-zA-Z_\-\d,\s"]+\))\s?\}\}/g;

/**
 * The variables of a model config's template, in order of appearance, each once.
 *
 * @param config the API's `ModelConfigResponse`
 * @returns null if they are unknown: there is no completion template, or it is in another template language
 */
export function variablesOf(config: IDataObject): string[] | null {
	const { prompt_template: template, template_language: language } = config;
	if (typeof template !== 'string' || (language ?? 'default') !== 'default') return null;
	return [...new Set([...template.matchAll(placeholder)].map((match) => match[1]!))];
}
