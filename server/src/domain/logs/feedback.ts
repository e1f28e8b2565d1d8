import type { FeedbackEntry, FeedbackResponse, LogFeedback } from '../../contract/feedback.ts';
import { withoutNulls } from '../../contract/fields.ts';
import { ApiError, found, unprocessable } from '../apiError.ts';
import type { Caller, Idempotency, IdempotentResult } from '../idempotency/idempotency.ts';
import { newId } from '../ids.ts';
import type { Feedback } from '../entities.ts';
import type { FeedbackMatch, Store, Writes } from '../store.ts';
import { storedTime } from '../time.ts';

/** A person can give any number of these on a log. Of every other type there is one, which the next one replaces. */
const multipleTypes = new Set(['action', 'issue']);

/** A valid entry: the feedback to store, or undefined to unset some, and which earlier feedback it concerns. */
type CheckedEntry = { entry: FeedbackEntry; match: FeedbackMatch; feedback: Feedback | undefined };

export function toFeedbackResponse({ id, logId, type, value, user, createdAt }: Feedback): FeedbackResponse {
	return { type, value, data_id: logId, user, created_at: createdAt, id };
}

function check(entry: FeedbackEntry): CheckedEntry {
	const { type, value, data_id: logId, user = null, created_at: createdAt, unset = false } = entry;
	const isMultiple = multipleTypes.has(type);
	if (value === undefined && (isMultiple || !unset)) {
		throw unprocessable(`Feedback of the type ${JSON.stringify(type)} needs a value${unset ? ' to unset' : ''}.`);
	}
	const match = { logId, type, user, ...(value !== undefined && (isMultiple || unset) ? { value } : {}) };
	if (value === undefined || unset) return { entry, match, feedback: undefined };
	const at = createdAt === undefined ? new Date().toISOString() : storedTime(createdAt);
	return { entry, match, feedback: { id: newId('ann'), logId, type, value, user, createdAt: at } };
}

async function storeEntry(writes: Writes, { entry, match, feedback }: CheckedEntry): Promise<Feedback> {
	if (feedback !== undefined) return writes.setFeedback(feedback, match);
	const unset = await writes.unsetFeedback(match);
	if (unset !== undefined) return unset;
	const { type, user, value } = entry;
	throw new ApiError(
		404,
		`There is no feedback like this on ${match.logId} to unset: ${JSON.stringify({ type, user, value })}.`,
	);
}

/** Stores the feedback that comes with a new log, in its transaction. */
export async function storeFeedback(writes: Writes, logId: string, entries: LogFeedback[]): Promise<void> {
	for (const entry of entries) await storeEntry(writes, check({ ...withoutNulls(entry), data_id: logId }));
}

/** Throws 422 for feedback of a new log that names another one. */
export function checkLogFeedback(entries: LogFeedback[]): void {
	for (const { data_id: named } of entries) {
		if (named === null || named === undefined) continue;
		throw unprocessable(
			"Leave data_id out of a log's feedback: it is about the log that you send. Feedback on other logs: POST /v4/feedback.",
		);
	}
}

/**
 * POST /feedback: stores all entries or none. `body` is one entry or an array; the response is an array if the body is.
 * Throws 404 for an unknown log and for feedback to unset that does not exist, and 422 for a missing value.
 */
export async function giveFeedback(
	store: Store,
	idempotency: Idempotency,
	body: FeedbackEntry | FeedbackEntry[],
	caller: Caller,
): Promise<IdempotentResult<FeedbackResponse | FeedbackResponse[]>> {
	return idempotency.once(caller, {
		operation: 'POST /v4/feedback',
		body,
		async run(running) {
			const entries = [body].flat();
			const checked = entries.map(check);
			for (const id of new Set(entries.map(({ data_id: logId }) => logId))) {
				found('data_id', id, await store.logById(id));
			}
			return store.write(async (writes) => {
				const stored: FeedbackResponse[] = [];
				for (const entry of checked) stored.push(toFeedbackResponse(await storeEntry(writes, entry)));
				const response = Array.isArray(body) ? stored : (stored[0] as FeedbackResponse);
				await running.save(writes, response);
				return response;
			});
		},
	});
}
