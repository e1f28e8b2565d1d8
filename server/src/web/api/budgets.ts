import { queryOptions } from '@tanstack/react-query';

import type { BudgetResponse } from '../../contract/budgets.ts';
import { get, type Paged, put, remove } from './client.ts';

export type Budget = BudgetResponse;

/** Of an API key, by ID or name, or of a project. */
export interface BudgetRequest {
	api_key?: string;
	project_id?: string;
	period: 'day' | 'month';
	/** US dollars. */
	limit: number;
}

/** All budgets, oldest first. For admins. */
export const budgetsQuery = queryOptions({
	queryKey: ['budgets'],
	queryFn: async ({ signal }) => (await get<Paged<Budget>>('/budgets', { size: 1000 }, signal)).records,
});

/** Makes a budget, or changes the limit of the one for that period. */
export const setBudget = (request: BudgetRequest) => put<Budget>('/budgets', request);
export const deleteBudget = (id: string) => remove<Budget>(`/budgets/${encodeURIComponent(id)}`);
