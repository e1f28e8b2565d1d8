import { unprocessable } from '../apiError.ts';
import { type Actor, recordAudit } from '../audit.ts';
import { type Budget, type BudgetSubject, type Period, periodStartOf } from '../budget.ts';
import { fromNanos } from '../costs/cost.ts';
import { newId } from '../ids.ts';
import { findKey } from '../keys/changeKeys.ts';
import type { Store } from '../store.ts';

/** Each server knows all budgets by heart. */
const maxBudgets = 1_000;

/** Who makes a change, and when, in milliseconds. */
type By = { actor: Actor; now: number };

/** The variable with a key that is not stored. Such a key has its name. */
const unstoredKey = 'HUMANLOOP_API_KEY';

/**
 * Which keys a budget of this API key counts, by its ID or name. Throws 404 if there is none, and 422 if there are several.
 */
export async function subjectOfKey(
	store: Store,
	reference: string,
	now: number,
	hasUnstoredKey: boolean,
): Promise<BudgetSubject> {
	if (hasUnstoredKey && reference === unstoredKey) return { kind: 'api_key', subject: unstoredKey };
	const keys = await store.write((writes) => writes.lockApiKeys());
	return { kind: 'api_key', subject: findKey(keys, reference, now, true).scope };
}

/**
 * Sets the budget of a subject for a period, and returns its ID. If there is one, only its limit changes: what was spent
 * stays. A new one counts the calls from now on.
 */
export async function setBudget(
	store: Store,
	subject: BudgetSubject,
	{ period, limitNanos }: { period: Period; limitNanos: number },
	{ actor, now }: By,
): Promise<string> {
	const at = new Date(now).toISOString();
	const amounts = { limitNanos, periodStart: periodStartOf(period, now), spentNanos: 0, reservedNanos: 0 };
	const budget: Budget = { id: newId('budget'), ...subject, period, ...amounts, createdAt: at, updatedAt: at };
	return store.write(async (writes) => {
		const id = await writes.setBudget(budget);
		if (id === budget.id && (await writes.countBudgets()) > maxBudgets) {
			throw unprocessable(`There can be ${maxBudgets} budgets. Delete one that you do not need.`);
		}
		const details = { kind: subject.kind, period, limit: fromNanos(limitNanos) };
		await recordAudit(writes, actor, { action: 'budget.set', subject: id, details }, at);
		return id;
	});
}

/** Deletes a budget. Returns false if there is none. */
export async function deleteBudget(store: Store, id: string, { actor, now }: By): Promise<boolean> {
	return store.write(async (writes) => {
		if (!(await writes.deleteBudget(id))) return false;
		const action = { action: 'budget.deleted', subject: id, details: {} };
		await recordAudit(writes, actor, action, new Date(now).toISOString());
		return true;
	});
}
