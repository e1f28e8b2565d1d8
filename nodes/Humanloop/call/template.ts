import { NodeOperationError, type IDataObject } from 'n8n-workflow';

import type { ItemContext } from '../execution/itemContext';
import { projectIdOf } from '../shared/locators';
import { variablesOf } from '../shared/template';
import { ApiFailure } from '../transport/apiFailure';
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
	/** The config's ID, or null if the template cannot be read. */
	configId: string | null;
	/** Whether the config is for the other resource. */
	isForOther?: boolean;
	/** Why the template cannot be read; another attempt would fail, too. */
	failure?: ApiFailure;
}

/** By item whose call runs what is deployed: which run that is. */
const deployedRuns = new WeakMap<ItemContext, Run>();

/**
 * Reads a model config's template from the API, see readConfig.
 *
 * @throws ApiFailure if the template cannot be read now but another attempt may succeed
 */
export async function readTemplate(item: ItemContext, run: Run): Promise<Template> {
	const { config, failure } = await readConfig(item, run);
	const { id, endpoint } = config ?? {};
	return {
		variables: config && variablesOf(config),
		configId: typeof id === 'string' ? id : null,
		isForOther: endpoint === (item.parameter('resource') === 'chat' ? 'complete' : 'chat'),
		...(failure && { failure }),
	};
}

/**
 * Reads the config that a run means, once for all items. Of what is deployed, an item keeps what it has read, also in the
 * tries of Retry On Fail: another deployment must not change a call that has been paid for.
 *
 * @throws ApiFailure if it cannot be read now but another attempt may succeed
 */
export async function readConfig(item: ItemContext, run: Run): Promise<ConfigRead> {
	if (run.kind === 'version') return await readCurrentConfig(item, run);
	deployedRuns.set(item, run);
	return await item.run.memoize(itemKey(item, run), () => readCurrentConfig(item, run), { isKept: true });
}

/** @param since what was read before is read again: a reading of performance.now() */
async function readCurrentConfig(item: ItemContext, run: Run, since = 0): Promise<ConfigRead> {
	const load = async (): Promise<ConfigRead> => {
		try {
			return { config: await requestConfig(item, run) };
		} catch (error) {
			const failure = toApiFailure(error);
			if (failure.isRetryable) throw failure;
			return { config: null, failure };
		}
	};
	return await item.run.memoize(runKey(run), load, { since });
}

function runKey(run: Run): string {
	return `config of ${JSON.stringify(run)}`;
}

function itemKey(item: ItemContext, run: Run): string {
	return `${runKey(run)} for item ${item.context.getItemIndex()}`;
}

/**
 * Does an item's call again, once, if it was refused and another version has been deployed since
 * its template was read.
 *
 * @param call ends with a NodeOperationError for bad input, or an ApiFailure of the status 422, if it is refused. Nothing
 *   was paid for then
 */
export function onCurrentVersion<T>(call: (item: ItemContext) => Promise<T>): (item: ItemContext) => Promise<T> {
	return async (item) => {
		const outcome = await call(item).then(
			(result) => ({ result }),
			(error: unknown) => ({ error }),
		);
		if ('result' in outcome) return outcome.result;
		const { error } = outcome;
		const isRefused = error instanceof NodeOperationError || (error instanceof ApiFailure && error.status === 422);
		if (isRefused && (await isOutdated(item))) return await call(item);
		throw error;
	};
}

/** Whether something else is deployed now than what the item's call was based on. Its next call is based on that. */
async function isOutdated(item: ItemContext): Promise<boolean> {
	const run = deployedRuns.get(item);
	if (!run) return false;
	try {
		const [before, now] = [await readConfig(item, run), await readCurrentConfig(item, run, item.startedAt)];
		if (now.config === null || now.config.id === before.config?.id) return false;
		await item.run.memoize(itemKey(item, run), async () => now, { since: Infinity, isKept: true });
		return true;
	} catch {
		// Why the call was refused is the first cause.
		return false;
	}
}

async function requestConfig(item: ItemContext, run: Run): Promise<IDataObject> {
	const { context, request } = item;
	const get = async (url: string, qs: IDataObject = {}) =>
		await requestJson(context, { ...request, method: 'GET', url, qs, body: undefined });
	if (run.kind === 'version') return await get(recordPath('/model-configs', run.configId));

	const { environment, project } = run;
	const id = project.project_id ?? (await projectIdOf(item, project.project!));
	if (id === undefined) {
		throw new ApiFailure({
			message: `No project has the name '${project.project}'`,
			description: "Correct the name in 'Project', or choose a project from the list.",
		});
	}
	const { config } = await get(
		recordPath('/projects', id, '/active-config'),
		environment === undefined ? {} : { environment },
	);
	return config as IDataObject;
}
