import type { FeedbackBody, FeedbackEntry } from '../../contract/feedback.ts';
import { ApiError, notFound, refused } from '../apiError.ts';
import { fingerprintOf } from '../idempotency/keyedRequest.ts';
import type { Claim, Given, Idempotency } from '../idempotency/idempotency.ts';
import { newId } from '../ids.ts';
import type { FeedbackMatch, Store, Writes } from '../store.ts';
import { storedTime } from '../time.ts';

/** Of these a person gives any number on a log; of every other type one, which the next replaces. */
const severalValued = new Set(['action', 'issue']);

/** Feedback and how its caller wants it. */
export type FeedbackAsked = {
	entries: FeedbackEntry[];
	/** Whether the request is an array, and so its answer. */
	isList: boolean;
	/** Whose keys it may share answers with. */
	scope: string;
	key: string | undefined;
	/** Aborted when the caller hangs up. */
	caller: AbortSignal;
};

type FeedbackAnswer = FeedbackBody | FeedbackBody[];

export type Feedback = (asked: FeedbackAsked) => Promise<Given<FeedbackAnswer>>;

/** An entry that can be carried out, and which earlier feedback it concerns. */
type Checked = { entry: FeedbackEntry; match: FeedbackMatch; given: FeedbackBody | undefined };

function check(entry: FeedbackEntry): Checked {
	const { type, value, data_id: dataId, user = null, created_at: createdAt, unset = false } = entry;
	const isSeveral = severalValued.has(type);
	if (value === undefined && (isSeveral || !unset)) {
		throw refused(`Feedback of the type ${JSON.stringify(type)} needs a value${unset ? ' to unset' : ''}.`);
	}
	const match = { dataId, type, user, ...(value !== undefined && (isSeveral || unset) ? { value } : {}) };
	if (value === undefined || unset) return { entry, match, given: undefined };
	const at = createdAt === undefined ? new Date().toISOString() : storedTime(createdAt);
	return { entry, match, given: { type, value, data_id: dataId, user, created_at: at, id: newId('ann') } };
}

async function carryOut(writes: Writes, { entry, match, given }: Checked): Promise<FeedbackBody> {
	if (given !== undefined) return writes.setFeedback(given, match);
	const unset = await writes.unsetFeedback(match);
	if (unset !== undefined) return unset;
	const { type, user, value } = entry;
	throw new ApiError(
		404,
		`There is no feedback like this on ${match.dataId} to unset: ${JSON.stringify({ type, user, value })}.`,
	);
}

/**
 * POST /feedback: carries out all entries or none, and those of one Idempotency-Key once. Throws 404 for an unknown log
 * and for what is not there to unset, 422 for a missing value and for a key that stands for another request.
 */
export function createFeedback(store: Store, idempotency: Idempotency): Feedback {
	async function record({ entries, isList }: FeedbackAsked, claim?: Claim): Promise<FeedbackAnswer> {
		const checked = entries.map(check);
		for (const id of new Set(entries.map(({ data_id: dataId }) => dataId))) {
			if ((await store.logById(id)) === undefined) throw notFound('data_id', id);
		}
		return store.write(async (writes) => {
			const recorded: FeedbackBody[] = [];
			for (const one of checked) recorded.push(await carryOut(writes, one));
			const answer = isList ? recorded : (recorded[0] as FeedbackBody);
			if (claim !== undefined) await idempotency.keep(writes, claim, answer);
			return answer;
		});
	}

	return async (asked) => {
		const { entries, isList, scope, key, caller } = asked;
		if (key === undefined) return { answer: await record(asked), replayed: false };
		const fingerprint = fingerprintOf('POST /v4/feedback', isList ? entries : entries[0]);
		const claim = { scope, key, fingerprint };
		return idempotency.once(claim, { caller, waits: () => undefined, run: () => record(asked, claim) });
	};
}
