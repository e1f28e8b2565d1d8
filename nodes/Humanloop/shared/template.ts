import type { IDataObject } from 'n8n-workflow';

import type { ItemContext } from '../execution/itemContext';
import type { ApiFailure } from '../transport/apiFailure';
import { toApiFailure } from '../transport/connectionFailure';
import { recordPath } from '../transport/paths';
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

/** What the API says about a model config's template. */
export interface Template {
	/** Null if they are unknown, see variablesOf, or if the template cannot be read. */
	variables: string[] | null;
	/** Why the template cannot be read; another attempt would fail, too. */
	failure?: ApiFailure;
}

/**
 * Reads a model config's template from the API, once for all items of a run.
 *
 * @throws ApiFailure if the template cannot be read now but another attempt may succeed
 */
export async function readTemplate({ context, run, request }: ItemContext, configId: string): Promise<Template> {
	return await run.memoize(`template of ${configId}`, async () => {
		try {
			const url = recordPath('/model-configs', configId);
			const config = await requestJson(context, { ...request, method: 'GET', url, body: undefined });
			return { variables: variablesOf(config) };
		} catch (error) {
			const failure = toApiFailure(error);
			if (failure.isRetryable) throw failure;
			return { variables: null, failure };
		}
	});
}
