import type { IDataObject } from 'n8n-workflow';

import type { ItemContext } from '../execution/itemContext';
import { requiredProjectId } from '../shared/locators';
import { variablesOf } from '../shared/template';
import type { ApiFailure } from '../transport/apiFailure';
import { toApiFailure } from '../transport/connectionFailure';
import { recordPath } from '../transport/paths';
import { requestJson } from '../transport/request';
import type { Run } from './run';

/** What the API says about a run's model config. */
export interface ConfigRead {
	/** The API's `ModelConfigResponse`; null if it cannot be read. */
	config: IDataObject | null;
	/** Why it cannot be read; another attempt would fail, too. */
	failure?: ApiFailure;
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
export async function readTemplate(item: ItemContext, run: Run): Promise<Template> {
	const { config, failure } = await readConfig(item, run);
	return { variables: config && variablesOf(config), ...(failure && { failure }) };
}

/**
 * Reads the config that a run means now, once for all items of a run.
 *
 * @throws ApiFailure if it cannot be read now but another attempt may succeed
 */
export async function readConfig(item: ItemContext, run: Run): Promise<ConfigRead> {
	return await item.run.memoize(`config of ${JSON.stringify(run)}`, async () => {
		try {
			return { config: await requestConfig(item, run) };
		} catch (error) {
			const failure = toApiFailure(error);
			if (failure.isRetryable) throw failure;
			return { config: null, failure };
		}
	});
}

async function requestConfig(item: ItemContext, run: Run): Promise<IDataObject> {
	const { context, request } = item;
	const get = async (url: string, qs: IDataObject = {}) =>
		await requestJson(context, { ...request, method: 'GET', url, qs, body: undefined });
	if (run.kind === 'version') return await get(recordPath('/model-configs', run.configId));
	const { environment } = run;
	const url = recordPath('/projects', await requiredProjectId(item), '/active-config');
	const { config } = await get(url, environment === undefined ? {} : { environment });
	return config as IDataObject;
}
