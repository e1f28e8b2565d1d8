import type { IDataObject } from 'n8n-workflow';

import type { ItemContext } from '../execution/itemContext';
import { toApiFailure } from '../transport/connectionFailure';
import { requestJson } from '../transport/request';

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

/**
 * Reads a model config's template from the API, once for all items of a run.
 *
 * @returns its variables, or null if they are unknown or the template cannot be read at all
 * @throws ApiFailure if the template cannot be read now but another attempt may succeed
 */
export async function readVariables(
	{ context, run, request }: ItemContext,
	configId: string,
): Promise<string[] | null> {
	const url = `/model-configs/${encodeURIComponent(configId)}`;
	return await run.memoize(`template of ${configId}`, async () => {
		try {
			return variablesOf(await requestJson(context, { ...request, method: 'GET', url, body: undefined }));
		} catch (error) {
			const failure = toApiFailure(error);
			if (failure.isRetryable) throw failure;
			return null;
		}
	});
}
