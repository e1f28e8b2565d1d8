import { randomUUID } from 'node:crypto';
import type { Budget } from '../budget.ts';
import type { WorstCase } from '../costs/worstCase.ts';
import type { Actor } from '../entities.ts';
import type { Store } from '../store.ts';
import { BudgetLedger } from './ledger.ts';
import { budgetExceeded, costUnknown } from './refusals.ts';
import { Spending, type SpendingLimits } from './spending.ts';

/** How often budgets that other processes have set are looked for, in milliseconds. */
const lookEveryMs = 1_000;

/** A reservation that is not settled expires so long after its call must have ended, in milliseconds. */
const graceMs = 60_000;

/** How long those who watch budgets wait for the database, in milliseconds. */
const watchMs = 3_000;

/** A call that may cost something. */
export type CountedCall = {
	actor: Actor;
	/** The scope of its API key. */
	scope: string;
	projectId: string | undefined;
	/** What one of its samples may cost. Only asked for if a budget counts the call. */
	worstCase: () => Promise<WorstCase>;
} & Omit<SpendingLimits, 'nanosPerSample'>;

/** All budgets, as this process knows them. As long as there is none, calls need no statement for that. */
export class Budgets {
	readonly #store: Store;
	readonly #ledger: BudgetLedger;
	readonly #now: () => number;
	readonly #callMs: number;
	#known: Budget[] = [];
	#looking: Promise<void> | undefined;
	#timer: NodeJS.Timeout | undefined;

	/** `now` is the time of day in milliseconds. A call that has begun ends within `callMs` milliseconds. */
	constructor(store: Store, now: () => number, callMs: number) {
		this.#store = store;
		this.#ledger = new BudgetLedger(store, now);
		this.#now = now;
		this.#callMs = callMs;
	}

	/** Looks for budgets, now and from time to time. */
	async start(): Promise<void> {
		await this.look();
		this.#timer = setInterval(() => void this.look().catch(() => undefined), lookEveryMs).unref();
	}

	/** Reads which budgets there are. While the database cannot be read, those that were there before count. */
	look(): Promise<void> {
		this.#looking ??= this.#store
			.budgets()
			.then((budgets) => void (this.#known = budgets))
			.finally(() => (this.#looking = undefined));
		return this.#looking;
	}

	/** What was set or deleted in this process holds from now on. A look that began before may not have seen it. */
	async changed(): Promise<void> {
		await this.#looking?.catch(() => undefined);
		await this.look();
	}

	async close(): Promise<void> {
		clearInterval(this.#timer);
		await this.#looking?.catch(() => undefined);
		await this.#ledger.close();
	}

	/**
	 * Sets aside what the call may cost, in each budget that counts it. Undefined if none does. Throws 402 if a budget has
	 * too little left, or if nobody knows what the call may cost.
	 */
	async reserve(call: CountedCall): Promise<Spending | undefined> {
		const budgets = this.#of(call);
		const [first] = budgets;
		if (first === undefined) return undefined;
		const worst = await call.worstCase();
		if ('unknown' in worst) throw costUnknown(await this.#record(first), worst.unknown);
		const { samples, isSideBySide } = call;
		const { nanosPerSample } = worst;
		const budgetIds = budgets.map(({ id }) => id);
		const expiresAt = new Date(this.#now() + this.#callMs + graceMs).toISOString();
		const spending = new Spending(this.#ledger, { nanosPerSample, samples, isSideBySide }, (nanos) => ({
			...{ id: randomUUID(), budgetIds, nanos, expiresAt },
		}));
		const refusing = await spending.cover();
		if (refusing !== undefined) throw budgetExceeded(await this.#record(refusing), nanosPerSample * samples);
		return spending;
	}

	/**
	 * All budgets as they are now, for those who watch the server. If the database does not answer within a few seconds,
	 * there are none: what else can be watched must not wait for it.
	 */
	async amounts(): Promise<Budget[]> {
		if (this.#known.length === 0) return [];
		const late = Promise.withResolvers<Budget[]>();
		const timer = setTimeout(() => late.resolve([]), watchMs);
		const amounts = this.#store.budgetAmounts(this.#now()).catch(() => []);
		return Promise.race([amounts, late.promise]).finally(() => clearTimeout(timer));
	}

	#of({ actor, scope, projectId }: CountedCall): Budget[] {
		if (this.#known.length === 0) return [];
		const key = actor.keyId === null ? actor.name : scope;
		return this.#known.filter(({ kind, subject }) => subject === (kind === 'api_key' ? key : projectId));
	}

	/** With its name. The amounts are those that the decision was made on. */
	async #record(budget: Budget) {
		const [record] = await this.#store.budgetRecords(this.#now(), budget.id);
		return { ...budget, name: record?.name ?? null };
	}
}
