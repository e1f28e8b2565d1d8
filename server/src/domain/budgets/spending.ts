import { ApiError, isClientClosedRequest, mayHaveRun } from '../apiError.ts';
import type { Budget, Settlement } from '../budget.ts';
import type { Writes } from '../store.ts';
import type { BudgetLedger, Wanted } from './ledger.ts';

/**
 * Whether the provider may charge for a request that failed with this error. It does not for a request that it refused or
 * that never reached it. It may for one whose response broke off, and for one that was abandoned.
 */
function mayBeCharged(error: unknown): boolean {
	return !(error instanceof ApiError) || error.mayBeCharged || isClientClosedRequest(error) || mayHaveRun(error);
}

/** How a call is counted: the amounts are billionths of a dollar. */
export type SpendingLimits = {
	/** What one sample may cost at most, with its prompt. */
	nanosPerSample: number;
	samples: number;
	/** Whether a request for several samples consists of several to the provider, of which only one error is known. */
	isSideBySide: boolean;
};

/**
 * What one call has set aside in its budgets, and what is known of its requests to the provider. A request that may have
 * been charged although it failed counts with all that it may have cost.
 */
export class Spending {
	readonly #ledger: BudgetLedger;
	readonly #limits: SpendingLimits;
	readonly #newWanted: (nanos: number) => Wanted;
	#reserved: { id: string; nanos: number }[] = [];
	/** Samples of the request that runs. */
	#open = 0;
	/** Samples that came. */
	#answered = 0;
	/** Samples of requests that failed and may have been charged. */
	#lost = 0;
	#settlements: Settlement[] | undefined;
	#isStored = false;

	constructor(ledger: BudgetLedger, limits: SpendingLimits, newWanted: (nanos: number) => Wanted) {
		this.#ledger = ledger;
		this.#limits = limits;
		this.#newWanted = newWanted;
	}

	/** Sets aside what the call may cost, and what its failed requests may have cost. Returns the budget that has too little left. */
	async cover(): Promise<Budget | undefined> {
		const { nanosPerSample, samples } = this.#limits;
		const reserved = this.#reserved.reduce((sum, { nanos }) => sum + nanos, 0);
		const missing = nanosPerSample * (samples + this.#lost) - reserved;
		if (missing <= 0) return undefined;
		const wanted = this.#newWanted(missing);
		const refusing = await this.#ledger.reserve(wanted);
		if (refusing === undefined) this.#reserved.push(wanted);
		return refusing;
	}

	/** A request for so many samples is sent: all that are missing. */
	sent(samples: number): void {
		this.#answered = this.#limits.samples - samples;
		// The last one neither came whole nor failed: something of its response came.
		this.#lost += this.#open;
		this.#open = samples;
	}

	/** The last request came to this error before anything of its response was there. */
	failed(error: unknown): void {
		const isUnknown = this.#limits.isSideBySide && this.#open > 1;
		if (isUnknown || mayBeCharged(error)) this.#lost += this.#open;
		this.#open = 0;
	}

	/** The response of the last request came whole. */
	succeeded(): void {
		this.#answered += this.#open;
		this.#open = 0;
	}

	/** Says in the transaction that stores the call what it cost, in billionths of a dollar. null: not known. */
	async settle(writes: Writes, cost: number | null): Promise<void> {
		this.#settlements = this.#settlementsOf(cost);
		await writes.settleReservations(this.#settlements);
	}

	/** That transaction is committed. */
	stored(): void {
		this.#isStored = true;
	}

	/** The call has ended. Without such a transaction, nobody knows what the samples cost that came, if some did. */
	end(): void {
		if (this.#isStored || this.#reserved.length === 0) return;
		this.#lost += this.#answered;
		this.#ledger.settle(this.#settlements ?? this.#settlementsOf(0));
	}

	/** The last reservation takes what is left. That is more than it set aside if the provider charged more than it could. */
	#settlementsOf(cost: number | null): Settlement[] {
		const { nanosPerSample, samples } = this.#limits;
		// If nobody knows what came, the samples that are open are among all that the call asked for.
		const counted = cost === null ? samples + this.#lost : this.#lost + this.#open;
		let left = (cost ?? 0) + nanosPerSample * counted;
		return this.#reserved.map(({ id, nanos }, index) => {
			const spent = index === this.#reserved.length - 1 ? left : Math.min(left, nanos);
			left -= spent;
			return { id, nanos: Math.min(spent, Number.MAX_SAFE_INTEGER) };
		});
	}
}
