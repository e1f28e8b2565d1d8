/*
 * Budgets: how much calls may cost in a period. Amounts are billionths of a US dollar.
 */

/** A day or a month in UTC. */
export type Period = 'day' | 'month';

/** Whose calls a budget counts. */
export type BudgetSubject = {
	kind: 'api_key' | 'project';
	/**
	 * The ID of a project. For an API key, the scope that a chain of rotations shares, or the name of a key that is not
	 * stored.
	 */
	subject: string;
};

export type Budget = BudgetSubject & {
	id: string;
	period: Period;
	limitNanos: number;
	/** The first day of the period that the amounts belong to, such as 2026-11-01. */
	periodStart: string;
	spentNanos: number;
	/** What calls that run may still spend. */
	reservedNanos: number;
	createdAt: string;
	updatedAt: string;
};

/** A budget as people see it. Its amounts are those of the period that runs. `name` is null if the subject is gone. */
export type BudgetRecord = Budget & { name: string | null; apiKeyId: string | null };

/** What is set aside in one budget for one call. */
export type Reservation = {
	/** The same in all budgets that count the call. */
	id: string;
	budgetId: string;
	/** The period in which it was set aside. */
	periodStart: string;
	nanos: number;
	/** What was spent of it. null: the call runs, or its process has died. */
	settledNanos: number | null;
	/** From then on, all of it counts as spent, unless it is settled. */
	expiresAt: string;
};

/** What a call has spent of a reservation. */
export type Settlement = { id: string; nanos: number };

export type BudgetReads = {
	/** All budgets, with what is stored of them. */
	budgets(): Promise<Budget[]>;
	/** All budgets as they are at that time, oldest first. */
	budgetAmounts(at: number): Promise<Budget[]>;
	/** The same with names; or the one with that ID. */
	budgetRecords(at: number, id?: string, signal?: AbortSignal): Promise<BudgetRecord[]>;
};

export type BudgetWrites = {
	/** The budgets with these IDs, in the order of these. Nobody else changes them until the transaction ends. */
	lockBudgets(ids: string[]): Promise<Budget[]>;
	/** Stores the amounts of a budget that `lockBudgets` has locked. */
	setAmounts(budget: Budget): Promise<void>;
	addReservations(reservations: Reservation[]): Promise<void>;
	/** Says what a call has spent. A reservation that is not there any more is left out. */
	settleReservations(settlements: Settlement[]): Promise<void>;
	/** Deletes the reservations in these budgets that are settled or expired at that time. Returns them. */
	takeEndedReservations(budgetIds: string[], at: string): Promise<Reservation[]>;
	/** Stores a budget. If its subject has one for that period, sets the limit of that one. Returns the ID of the stored one. */
	setBudget(budget: Budget): Promise<string>;
	/** Deletes a budget, and what is set aside in it. Returns false if there is none. */
	deleteBudget(id: string): Promise<boolean>;
	countBudgets(): Promise<number>;
};

/** What further calls may spend. */
export function remainingOf({ limitNanos, spentNanos, reservedNanos }: Budget): number {
	return Math.max(0, limitNanos - spentNanos - reservedNanos);
}

/** The first day of the period that a time in milliseconds is in. */
export function periodStartOf(period: Period, at: number): string {
	const time = new Date(at).toISOString();
	return period === 'day' ? time.slice(0, 10) : `${time.slice(0, 7)}-01`;
}

/** When the period that begins on that day ends, and the budget renews. */
export function renewsAt({ period, periodStart }: Pick<Budget, 'period' | 'periodStart'>): string {
	const [year, month, day] = periodStart.split('-').map(Number) as [number, number, number];
	const end = period === 'day' ? Date.UTC(year, month - 1, day + 1) : Date.UTC(year, month, 1);
	return new Date(end).toISOString();
}

/** The budget in the period that runs at that time: a new one begins with nothing spent. Clocks of servers can differ, so no period ends twice. */
export function inPeriod<T extends Budget>(budget: T, at: number): T {
	const periodStart = periodStartOf(budget.period, at);
	return periodStart <= budget.periodStart ? budget : { ...budget, periodStart, spentNanos: 0, reservedNanos: 0 };
}

/** The budget after reservations have ended. Those of an earlier period are not in its amounts. */
export function withoutEnded<T extends Budget>(budget: T, ended: Reservation[]): T {
	const own = ended.filter(({ budgetId, periodStart }) => budgetId === budget.id && periodStart === budget.periodStart);
	return own.reduce(
		(left, { nanos, settledNanos }) => ({
			...left,
			reservedNanos: Math.max(0, left.reservedNanos - nanos),
			// Larger amounts cannot be stored exactly. Such a budget is used up by far.
			spentNanos: Math.min(left.spentNanos + (settledNanos ?? nanos), Number.MAX_SAFE_INTEGER),
		}),
		budget,
	);
}
