import { SavedResponse } from '../domain/entities.ts';
import { writeOnce } from '../domain/largeJson.ts';
import { codecOf, type Row } from './codec.ts';
import { firstRow, prepared } from './prepared.ts';
import { expectRows } from './sqlite/executeLater.ts';
import type { Database } from './tables.ts';

const { decode } = codecOf(SavedResponse);

/** What all samples of a response have in common, and what can be large. */
const sharedFields = ['inputs', 'messages'] as const;

type Sample = Partial<Record<(typeof sharedFields)[number], object | null>>;
type WithSamples = { data: Sample[] };

function hasSamples(response: object): response is WithSamples {
	return 'data' in response && Array.isArray(response.data);
}

/** The response with what all its samples have in common in the first of them only. */
function withSharedOnce(response: object): object {
	if (!hasSamples(response)) return response;
	const [first, ...others] = response.data;
	if (first === undefined || others.length === 0) return response;
	const shared = sharedFields.filter((field) => first[field] && others.every((other) => other[field] === first[field]));
	const nulls = Object.fromEntries(shared.map((field) => [field, null]));
	return { ...response, data: [first, ...others.map((sample) => ({ ...sample, ...nulls }))] };
}

/** Undoes this. The responses of earlier versions have everything in each sample. */
function restoreShared(response: object): void {
	if (!hasSamples(response)) return;
	const [first, ...others] = response.data;
	for (const sample of others) {
		for (const field of sharedFields) if (sample[field] === null) sample[field] = first?.[field] ?? null;
	}
}

type Found = { scope: string; key: string; notBefore: string };

function selectSaved(db: Database, value: <N extends keyof Found>(name: N) => string) {
	const responses = db.selectFrom('savedResponses').where('scope', '=', value('scope')).where('key', '=', value('key'));
	return responses.where('createdAt', '>=', value('notBefore'));
}

const wholeResponse = prepared<Found, Row<typeof SavedResponse>>((db, value) => selectSaved(db, value).selectAll());

export async function savedResponse(db: Database, scope: string, key: string, notBefore: string) {
	const row = await firstRow(db, wholeResponse(db, { scope, key, notBefore }));
	if (row === undefined) return undefined;
	const { response } = decode(row);
	restoreShared(response);
	return response;
}

const responseHead = prepared<Found, { fingerprint: string; createdAt: string; bytes: number }>((db, value) =>
	selectSaved(db, value).select((eb) => [
		'fingerprint',
		'createdAt',
		eb.fn<number>('octet_length', ['response']).as('bytes'),
	]),
);

export async function savedResponseHead(db: Database, scope: string, key: string, notBefore: string) {
	return firstRow(db, responseHead(db, { scope, key, notBefore }));
}

const insertResponse = prepared<Row<typeof SavedResponse> & { notBefore: string; replaced: string }>((db, value) =>
	db
		.insertInto('savedResponses')
		.values({
			scope: value('scope'),
			key: value('key'),
			fingerprint: value('fingerprint'),
			response: value('response'),
			createdAt: value('createdAt'),
		})
		.onConflict((conflict) =>
			conflict
				.columns(['scope', 'key'])
				.doUpdateSet((eb) => ({
					fingerprint: eb.ref('excluded.fingerprint'),
					response: eb.ref('excluded.response'),
					createdAt: eb.ref('excluded.createdAt'),
				}))
				.where((eb) =>
					eb.or([
						eb('savedResponses.createdAt', '<', value('notBefore')),
						eb('savedResponses.createdAt', '=', value('replaced')),
						eb('savedResponses.response', '=', eb.ref('excluded.response')),
					]),
				),
		),
);

/**
 * Saves a response, unless the key has another one that is newer than `notBefore` and was not saved at `replaced`. The same
 * one again counts as saved: the outcome of a commit can be unknown, and then it is done again.
 */
export async function saveResponse(
	db: Database,
	saved: SavedResponse,
	notBefore: string,
	replaced: string | undefined,
): Promise<boolean> {
	const response = writeOnce(withSharedOnce(saved.response), JSON.stringify);
	const row = { ...saved, response };
	return (await expectRows(db, insertResponse(db, { ...row, notBefore, replaced: replaced ?? '' }), 1)) > 0;
}

export async function deleteSavedResponses(db: Database, before: string, limit: number): Promise<number> {
	const old = db
		.selectFrom('savedResponses')
		.select(['scope', 'key'])
		.where('createdAt', '<', before)
		.limit(limit)
		.$asTuple('scope', 'key');
	const { numDeletedRows } = await db
		.deleteFrom('savedResponses')
		.where((eb) => eb(eb.refTuple('scope', 'key'), 'in', old))
		// Another process may have saved a new one under such a key meanwhile.
		.where('createdAt', '<', before)
		.executeTakeFirstOrThrow();
	return Number(numDeletedRows);
}
