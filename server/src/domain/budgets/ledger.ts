import { type Budget, inPeriod, type Reservation, type Settlement, withoutEnded } from '../budget.ts';
import type { Store, Writes } from '../store.ts';

/** What a call wants to set aside, in each of these budgets. */
export type Wanted = { id: string; budgetIds: string[]; nanos: number; expiresAt: string };

/** The pause before amounts that could not be stored are stored again, in milliseconds. */
const pauseMs = 1_000;

type Waiting = { wanted: Wanted; resolve: (refusing: Budget | undefined) => void; reject: (error: unknown) => void };

/** The first budget that has too little left, or undefined. Then the amount is set aside in all of them. */
function setAside(budgets: Map<string, Budget>, { id, budgetIds, nanos, expiresAt }: Wanted, added: Reservation[]) {
	// One that was deleted meanwhile holds nobody up.
	const own = budgetIds.map((budgetId) => budgets.get(budgetId)).filter((budget) => budget !== undefined);
	const refusing = own.find(
		({ spentNanos, reservedNanos, limitNanos }) => spentNanos + reservedNanos + nanos > limitNanos,
	);
	if (refusing !== undefined) return refusing;
	for (const budget of own) {
		budgets.set(budget.id, { ...budget, reservedNanos: budget.reservedNanos + nanos });
		added.push({ id, budgetId: budget.id, periodStart: budget.periodStart, nanos, settledNanos: null, expiresAt });
	}
	return undefined;
}

/**
 * Sets amounts aside in budgets, all or nothing for each of `wanted`. Locks the budgets in one order, so that processes
 * that need several never wait for each other.
 */
async function reserveAll(writes: Writes, wanted: Wanted[], at: number): Promise<(Budget | undefined)[]> {
	const ids = [...new Set(wanted.flatMap(({ budgetIds }) => budgetIds))].sort();
	const locked = await writes.lockBudgets(ids);
	const ended = await writes.takeEndedReservations(ids, new Date(at).toISOString());
	const before = new Map(locked.map((budget) => [budget.id, budget]));
	const budgets = new Map(locked.map((budget) => [budget.id, inPeriod(withoutEnded(budget, ended), at)]));
	const added: Reservation[] = [];
	const outcomes = wanted.map((one) => setAside(budgets, one, added));
	for (const budget of budgets.values()) if (before.get(budget.id) !== budget) await writes.setAmounts(budget);
	if (added.length > 0) await writes.addReservations(added);
	return outcomes;
}

/**
 * Sets aside what calls may cost and stores what they cost. All calls of one moment share a transaction, which takes
 * the locks of their budgets last and briefly.
 */
export class BudgetLedger {
	readonly #store: Store;
	readonly #now: () => number;
	#waiting: Waiting[] = [];
	#settlements: Settlement[] = [];
	#running: Promise<void> | undefined;
	#timer: NodeJS.Timeout | undefined;

	/** `now` is the time of day in milliseconds. */
	constructor(store: Store, now: () => number) {
		this.#store = store;
		this.#now = now;
	}

	/**
	 * Sets an amount aside, which is on the disk when this returns. Returns the budget that has too little left; then nothing
	 * is set aside. Throws StoreUnavailable if the database cannot be written at the moment.
	 */
	reserve(wanted: Wanted): Promise<Budget | undefined> {
		return new Promise((resolve, reject) => {
			this.#waiting.push({ wanted, resolve, reject });
			this.#start();
		});
	}

	/** Stores what was spent, soon, and again until that succeeds. */
	settle(settlements: Settlement[]): void {
		this.#settlements.push(...settlements);
		this.#start();
	}

	/** Fulfilled when everything is stored that can be stored now. No further attempt is made. */
	async close(): Promise<void> {
		clearTimeout(this.#timer);
		this.#start();
		await this.#running;
		clearTimeout(this.#timer);
	}

	#start(): void {
		this.#running ??= this.#run().finally(() => (this.#running = undefined));
	}

	async #run(): Promise<void> {
		// Calls that are ready in the same turn of the event loop share the transaction.
		await new Promise((resume) => setImmediate(resume));
		while (this.#waiting.length > 0 || this.#settlements.length > 0) {
			const waiting = this.#waiting;
			const settlements = this.#settlements;
			this.#waiting = [];
			this.#settlements = [];
			try {
				const outcomes = await this.#store.write(
					async (writes) => {
						if (settlements.length > 0) await writes.settleReservations(settlements);
						return waiting.length === 0
							? []
							: reserveAll(
									writes,
									waiting.map(({ wanted }) => wanted),
									this.#now(),
								);
					},
					true,
					true,
				);
				waiting.forEach(({ resolve }, index) => resolve(outcomes[index]));
			} catch (error) {
				for (const { reject } of waiting) reject(error);
				this.#settlements.unshift(...settlements);
				if (settlements.length === 0) continue;
				clearTimeout(this.#timer);
				this.#timer = setTimeout(() => this.#start(), pauseMs).unref();
				if (this.#waiting.length === 0) return;
			}
		}
	}
}
