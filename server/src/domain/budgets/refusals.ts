import { ApiError } from '../apiError.ts';
import { type Budget, remainingOf, renewsAt } from '../budget.ts';
import { fromNanos } from '../costs/cost.ts';

type Named = Budget & { name: string | null };

/** An amount in dollars, with as many decimals as it needs, but at least two. */
export function dollars(nanos: number): string {
	const [whole, decimals = ''] = fromNanos(nanos).toFixed(9).replace(/0+$/, '').split('.');
	return `$${whole}.${decimals.padEnd(2, '0')}`;
}

function nameOf({ kind, subject, name, period }: Named): string {
	const what = kind === 'project' ? 'project' : 'API key';
	return `The budget of the ${what} ${JSON.stringify(name ?? subject)} for a ${period}`;
}

function refusal(message: string): ApiError {
	return new ApiError(402, message, { hasNoRetryLeft: true, rejection: 'budget' });
}

/** 402: the call could cost more than is left. `nanos` is what it could cost. */
export function budgetExceeded(budget: Named, nanos: number): ApiError {
	const { limitNanos, spentNanos, reservedNanos } = budget;
	return refusal(
		`${nameOf(budget)} has ${dollars(remainingOf(budget))} of ${dollars(limitNanos)} left, and this call could cost ${dollars(nanos)}. ` +
			`${dollars(spentNanos)} is spent, and ${dollars(reservedNanos)} is reserved for calls that run. ` +
			`The budget renews at ${renewsAt(budget)}.`,
	);
}

/** 402: nobody knows what the call could cost. `why` is a sentence that says what to change. */
export function costUnknown(budget: Named, why: string): ApiError {
	return refusal(`${nameOf(budget)} allows only calls whose highest possible cost is known. ${why}`);
}
