import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { errorResponses } from '../contract/errors.ts';
import { Described, inSnakeCase } from '../contract/fields.ts';
import { Page } from '../contract/lists.ts';
import { UsageQuery, UsageResponse } from '../contract/usage.ts';
import { found, unprocessable } from '../domain/apiError.ts';
import { fromNanos } from '../domain/costs/cost.ts';
import { latencyQuantile } from '../domain/costs/usageLatency.ts';
import { requireRole } from '../domain/keys/roles.ts';
import type { Store } from '../domain/store.ts';
import { timeOf } from '../domain/time.ts';
import type { UsageGroup, UsageTotals } from '../domain/usage.ts';
import { disconnectSignal } from '../http/disconnect.ts';

/** The keys of a response that say what a group stands for: its value, and its name if the value is an ID. */
const groupKeys: Record<UsageGroup, [value: keyof UsageResponse, name?: keyof UsageResponse]> = {
	project: ['project_id', 'project'],
	config: ['config_id', 'config'],
	environment: ['environment'],
	session: ['session_id', 'session_reference_id'],
	api_key: ['api_key_id', 'api_key'],
	workflow: ['workflow_id'],
	day: ['day'],
	provider: ['provider'],
	model: ['model'],
};

function toUsageResponse(groupBy: UsageGroup[], { values, names, counts, latencies }: UsageTotals): UsageResponse {
	const { promptCostNanos, outputCostNanos, ...others } = counts;
	const keys: Record<string, string | null> = {};
	for (const group of groupBy) {
		const [value, name] = groupKeys[group];
		keys[value] = values[group] ?? null;
		if (name !== undefined) keys[name] = names[group] ?? null;
	}
	// A call of which two models answered a part counts once, and so can be both in the costs and unpriced.
	const areKnown = promptCostNanos + outputCostNanos > 0 || counts.calls > counts.failedCalls + counts.unpricedCalls;
	const dollars = (nanos: number) => (areKnown ? fromNanos(nanos) : null);
	return {
		...keys,
		...inSnakeCase(others),
		prompt_cost: dollars(promptCostNanos),
		output_cost: dollars(outputCostNanos),
		cost: dollars(promptCostNanos + outputCostNanos),
		median_latency: latencyQuantile(latencies, 0.5),
		p95_latency: latencyQuantile(latencies, 0.95),
	};
}

/** Throws 422 for a group that totals of sessions do not have. */
function checkSessionGroups(groupBy: UsageGroup[]): void {
	if (!groupBy.includes('session')) return;
	const other = groupBy.find((group) => !['session', 'project', 'day'].includes(group));
	if (other === undefined) return;
	throw unprocessable(`group_by "session" can have "project" and "day" beside it, not "${other}".`);
}

/** Throws 404 for a project that does not exist and has no totals. Those of a deleted project stay. */
async function checkProject(store: Store, projectId: string): Promise<void> {
	const project = await store.projectById(projectId);
	if (project !== undefined) return;
	const { records } = await store.usageTotals({ groupBy: [], projectIds: [projectId], page: 0, size: 1 });
	found(
		'project_id',
		projectId,
		records.find(({ counts }) => counts.calls > 0),
	);
}

/** The first and the last day of a query. Throws 422 for text that is neither a date nor a time. */
function daysOf({ from, to }: { from?: string; to?: string }): { from?: string; to?: string } {
	const first = from === undefined ? undefined : timeOf('from', from).slice(0, 10);
	const last = to === undefined ? undefined : timeOf('to', to).slice(0, 10);
	if (first !== undefined && last !== undefined && first > last) {
		throw unprocessable(`from (${first}) is after to (${last}). Send an earlier day as from.`);
	}
	return { ...(first === undefined ? {} : { from: first }), ...(last === undefined ? {} : { to: last }) };
}

export function usageRoutes(store: Store): FastifyPluginAsyncTypebox {
	return async (app) => {
		app.get(
			'/usage',
			{
				config: { role: 'read' },
				schema: {
					operationId: 'get_usage',
					summary: 'Get what calls cost',
					description:
						"Not part of Humanloop's v4 API. The latest day comes first, or else the group that cost most. " +
						'Totals stay when logs are deleted; those of a session are deleted with it.',
					tags: ['Usage'],
					querystring: UsageQuery,
					response: { 200: Described(Page(UsageResponse), 'One page of totals.'), ...errorResponses },
				},
			},
			async (
				{ principal, query: { group_by: groups = [], project_id: projects, page = 0, size = 50, ...range } },
				reply,
			) => {
				const groupBy = [groups].flat();
				if (groupBy.includes('api_key')) requireRole(principal.role, 'admin', 'GET /v4/usage by api_key');
				checkSessionGroups(groupBy);
				const projectIds = projects === undefined ? undefined : [projects].flat();
				for (const projectId of projectIds ?? []) await checkProject(store, projectId);
				const query = { groupBy, page, size, ...(projectIds === undefined ? {} : { projectIds }), ...daysOf(range) };
				const { records, total } = await store.usageTotals(query, disconnectSignal(reply));
				return { records: records.map((record) => toUsageResponse(groupBy, record)), page, size, total };
			},
		);
	};
}
