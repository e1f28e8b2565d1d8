import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { BudgetResponse, SetBudgetRequest } from '../contract/budgets.ts';
import { bodyErrorResponses, errorResponses } from '../contract/errors.ts';
import { Described, withoutNulls } from '../contract/fields.ts';
import { PagedQuery } from '../contract/keys.ts';
import { ById, Page } from '../contract/lists.ts';
import { found } from '../domain/apiError.ts';
import { type BudgetRecord, type BudgetSubject, remainingOf, renewsAt } from '../domain/budget.ts';
import type { Budgets } from '../domain/budgets/budgets.ts';
import { deleteBudget, setBudget, subjectOfKey } from '../domain/budgets/changeBudgets.ts';
import { fromNanos, toNanos } from '../domain/costs/cost.ts';
import type { Store } from '../domain/store.ts';
import { disconnectSignal } from '../http/disconnect.ts';

function toBudgetResponse(budget: BudgetRecord): BudgetResponse {
	const { kind, subject, name, limitNanos, spentNanos, reservedNanos } = budget;
	const isProject = kind === 'project';
	return {
		id: budget.id,
		api_key_id: budget.apiKeyId,
		api_key: isProject ? null : name,
		project_id: isProject ? subject : null,
		project: isProject ? name : null,
		period: budget.period,
		limit: fromNanos(limitNanos),
		spent: fromNanos(spentNanos),
		reserved: fromNanos(reservedNanos),
		remaining: fromNanos(remainingOf(budget)),
		period_start: budget.periodStart,
		renews_at: renewsAt(budget),
		created_at: budget.createdAt,
		updated_at: budget.updatedAt,
	};
}

const config = { role: 'admin' } as const;
const tags = ['Budgets'];
const ours = "Not part of Humanloop's v4 API.";

/** `now` is the time of day in milliseconds. `hasUnstoredKey`: whether HUMANLOOP_API_KEY is set. */
export function budgetRoutes(
	store: Store,
	budgets: Budgets,
	now: () => number,
	hasUnstoredKey: boolean,
): FastifyPluginAsyncTypebox {
	const budgetOf = async (id: string) => {
		const [budget] = await store.budgetRecords(now(), id);
		return found('budget', id, budget);
	};
	const subjectOf = async (key: string | undefined, projectId: string): Promise<BudgetSubject> => {
		if (key !== undefined) return subjectOfKey(store, key, now(), hasUnstoredKey);
		const project = await store.projectById(projectId);
		return { kind: 'project', subject: found('project', projectId, project).id };
	};
	return async (app) => {
		app.get(
			'/budgets',
			{
				config,
				schema: {
					operationId: 'list_budgets',
					summary: 'List the budgets',
					description: ours,
					tags,
					querystring: PagedQuery,
					response: { 200: Described(Page(BudgetResponse), 'One page of budgets, oldest first.'), ...errorResponses },
				},
			},
			async ({ query: { page = 0, size = 50 } }, reply) => {
				const all = await store.budgetRecords(now(), undefined, disconnectSignal(reply));
				const records = all.slice(page * size, (page + 1) * size).map(toBudgetResponse);
				return { records, page, size, total: all.length };
			},
		);

		app.get(
			'/budgets/:id',
			{
				config,
				schema: {
					operationId: 'get_budget',
					summary: 'Get a budget',
					description: ours,
					tags,
					params: ById,
					response: { 200: Described(BudgetResponse, 'The budget.'), ...errorResponses },
				},
			},
			async ({ params: { id } }) => toBudgetResponse(await budgetOf(id)),
		);

		app.put(
			'/budgets',
			{
				config,
				schema: {
					operationId: 'set_budget',
					summary: 'Set the budget of an API key or a project for a period',
					description: `If it has a budget for that period, only the limit changes. A new budget counts the calls from now on. ${ours}`,
					tags,
					body: SetBudgetRequest,
					response: { 200: Described(BudgetResponse, 'The budget.'), ...bodyErrorResponses },
				},
			},
			async ({ body, principal: { actor } }) => {
				const { api_key: key, project_id: projectId = '', period, limit } = withoutNulls(body);
				const subject = await subjectOf(key, projectId);
				const id = await setBudget(store, subject, { period, limitNanos: toNanos(limit) }, { actor, now: now() });
				await budgets.changed();
				return toBudgetResponse(await budgetOf(id));
			},
		);

		app.delete(
			'/budgets/:id',
			{
				config,
				schema: {
					operationId: 'delete_budget',
					summary: 'Delete a budget',
					description: `Its calls are not limited any more. ${ours}`,
					tags,
					params: ById,
					response: { 200: Described(BudgetResponse, 'The budget as it was.'), ...errorResponses },
				},
			},
			async ({ params: { id }, principal: { actor } }) => {
				const budget = await budgetOf(id);
				found('budget', id, (await deleteBudget(store, id, { actor, now: now() })) || undefined);
				await budgets.changed();
				return toBudgetResponse(budget);
			},
		);
	};
}
