import type { IDataObject, IExecuteSingleFunctions, IHttpRequestOptions } from 'n8n-workflow';

import { isEmpty, wholeNumber } from '../values/readers';
import { readWireFields, type WireFields } from '../values/wireFields';
import type { NodeRun } from './nodeRun';
import { sendWithRetries } from './retry';

const defaultMaxConcurrency = 10;
const defaultMaxRetries = 6;

/** An item's last attempt starts within twice its timeout, or within this if that is longer. */
const shortestBudgetMs = 60_000;

/** Timers of Node.js hold no more. */
const longestTimeoutMs = 2 ** 31 - 1;

/** One input item on its way through an operation. */
export class ItemContext {
	/** What routing prepared: method, path, proxy, and the timeout in milliseconds. */
	readonly request: IHttpRequestOptions & { timeout: number };

	/** When the limit let the item through: a reading of performance.now(). */
	readonly startedAt = performance.now();

	/** How often the item's call may be sent again: the user's 'Max Retries'. */
	readonly maxRetries: number;

	readonly #budgetMs: number;

	/**
	 * @param context n8n's functions for this item
	 * @param options the operation's options collection, resolved for this item
	 * @throws NodeOperationError when a limit is no whole number in its range
	 */
	constructor(
		readonly context: IExecuteSingleFunctions,
		readonly run: NodeRun,
		readonly options: IDataObject,
		request: IHttpRequestOptions,
		private readonly wireFields: WireFields,
	) {
		wholeNumber(context, 'Max Concurrency', withDefault(options.maxConcurrency, defaultMaxConcurrency), 1);
		this.maxRetries = wholeNumber(context, 'Max Retries', withDefault(options.maxRetries, defaultMaxRetries), 0);
		const timeout = wholeNumber(context, 'Timeout', request.timeout, 1, longestTimeoutMs);
		this.request = { ...request, timeout };
		this.#budgetMs = Math.max(shortestBudgetMs, 2 * timeout);
	}

	/** The value of a parameter of the node, see NodeRun.parameter. */
	parameter(name: string, fallback?: unknown): unknown {
		return this.run.parameter(this.context, name, fallback);
	}

	/** The fields with routing, by key of the API, see readWireFields. */
	wireValues(): IDataObject {
		const { method, body, qs } = this.request;
		return readWireFields(this.context, method === 'GET' ? qs : (body as IDataObject | undefined), this.wireFields);
	}

	/** Sends until the call succeeds, see sendWithRetries. */
	async send<T>(attempt: () => Promise<T>): Promise<T> {
		return await sendWithRetries(this.run, { maxRetries: this.maxRetries, budgetMs: this.#budgetMs }, attempt);
	}
}

/** The limit of a run by its first item. A bad value counts as the default here; the item that has it reports it. */
export function maxConcurrencyOf(options: IDataObject): number {
	return Math.max(1, Math.trunc(Number(options.maxConcurrency))) || defaultMaxConcurrency;
}

function withDefault(value: unknown, fallback: number): unknown {
	return isEmpty(value) ? fallback : value;
}
