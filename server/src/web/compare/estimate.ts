import { useQuery } from '@tanstack/react-query';

import type { LogResponse } from '../../contract/logs.ts';
import type { ModelConfigResponse } from '../../contract/modelConfigs.ts';
import type { UsageResponse } from '../../contract/usage.ts';
import { get, type Paged } from '../api/client.ts';
import { callsOf, shareOf } from '../api/samples.ts';
import { usageQuery } from '../api/usage.ts';
import type { LoggedInput } from './loggedInputs.ts';

const average = (values: number[]): number | null =>
	values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

const isKnown = (value: number | null): value is number => value !== null;

/** What a token of the prompt and of the output cost so far, on average. */
function pricesOf({ prompt_cost, output_cost, prompt_tokens, output_tokens }: UsageResponse) {
	if (prompt_cost === null || output_cost === null || prompt_tokens === 0 || output_tokens === 0) return undefined;
	return { prompt: prompt_cost / prompt_tokens, output: output_cost / output_tokens };
}

const newest = 20;

/** What an answer of each call cost. The last call is left out if the page ends there: it may have further answers. */
function costsOf({ records }: Paged<LogResponse>): number[] {
	const calls = callsOf(records);
	const whole = records.length === newest && calls.length > 1 ? calls.slice(0, -1) : calls;
	return whole.map((call) => shareOf(call).cost).filter(isKnown);
}

/**
 * What a call of a version will cost, in US dollars: the average of its latest answers; if it has none with a cost, the
 * tokens of the logged inputs at the prices that calls of its model had. null: not known. Undefined: being read.
 *
 * @param inputs those that it will run on
 */
export function useCostPerCall(
	projectId: string,
	version: ModelConfigResponse,
	inputs: LoggedInput[],
): number | null | undefined {
	const logs = useQuery({
		queryKey: ['project', projectId, 'version-costs', version.id],
		queryFn: ({ signal }) =>
			get<Paged<LogResponse>>(
				'/logs',
				{ project_id: projectId, config_filter: version.id, failed: false, size: newest },
				signal,
			),
		staleTime: 60_000,
	});
	const models = useQuery(usageQuery({ group_by: ['provider', 'model'], size: 1000 }));
	if (!logs.data || !models.data) return logs.error || models.error ? null : undefined;
	const ownAverage = average(costsOf(logs.data));
	if (ownAverage !== null) return ownAverage;
	const used = models.data.records.find(
		({ provider, model }) => provider === version.provider && model === version.model,
	);
	const prices = used && pricesOf(used);
	const prompt = average(inputs.map(({ promptTokens }) => promptTokens).filter(isKnown));
	const output = average(inputs.map(({ outputTokens }) => outputTokens).filter(isKnown));
	return !prices || prompt === null || output === null ? null : prompt * prices.prompt + output * prices.output;
}
