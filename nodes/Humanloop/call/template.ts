import type { IDataObject } from 'n8n-workflow';

import type { ItemContext } from '../execution/itemContext';
import { requiredProjectId } from '../shared/locators';
import { variablesOf } from '../shared/template';
import type { ApiFailure } from '../transport/apiFailure';
import { toApiFailure } from '../transport/connectionFailure';
import { recordPath } from '../transport/paths';
import { requestJson } from '../transport/request';
import type { Run } from './run';

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
export async function readTemplate(item: ItemContext, run: Run): Promise<Template> {
	return await item.run.memoize(`template of ${JSON.stringify(run)}`, async () => {
		try {
			return { variables: variablesOf(await readConfig(item, run)) };
		} catch (error) {
			const failure = toApiFailure(error);
			if (failure.isRetryable) throw failure;
			return { variables: null, failure };
		}
	});
}

/** Reads the config that a run means now. */
async function readConfig(item: ItemContext, run: Run): Promise<IDataObject> {
	const { context, request } = item;
	const get = async (url: string, qs: IDataObject = {}) =>
		await requestJson(context, { ...request, method: 'GET', url, qs, body: undefined });
	if (run.kind === 'version') return await get(recordPath('/model-configs', run.configId));
	const { environment } = run;
	const url = recordPath('/projects', await requiredProjectId(item), '/active-config');
	const { config } = await get(url, environment === undefined ? {} : { environment });
	return config as IDataObject;
}
