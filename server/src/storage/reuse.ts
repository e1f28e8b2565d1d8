import { sql } from 'kysely';
import { Type } from 'typebox';
import { Log } from '../domain/entities.ts';
import type { ReusableAnswer, ReusableSample } from '../domain/reuse.ts';
import type { CheckSizes } from '../domain/store.ts';
import { isBeingDeleted } from './changeLog.ts';
import { codecOf } from './codec.ts';
import type { DialectName } from './dialect.ts';
import type { Database } from './tables.ts';

const { decode } = codecOf(Type.Object({ outputMessage: Log.properties.outputMessage }));

const bytes = sql<number>`coalesce(octet_length(raw_output), 0) + coalesce(octet_length(output_message), 0)`;

/** The first sample of the newest call with the answer. Undefined if somebody has asked to delete it. */
async function newestCall(db: Database, { hash, notBefore }: ReusableAnswer): Promise<string | undefined> {
	const first = await db
		.selectFrom('logs')
		.leftJoin('projects', 'projects.id', 'logs.projectId')
		.select(['logs.id', 'logs.user', 'logs.sessionId', 'logs.updatedAt'])
		.where('logs.answerHash', '=', hash)
		.where('logs.createdAt', '>=', notBefore)
		.where('projects.deletedAt', 'is', null)
		.orderBy('logs.createdAt', 'desc')
		.limit(1)
		.executeTakeFirst();
	return first === undefined || (await isBeingDeleted(db, first)) ? undefined : first.id;
}

/**
 * The samples of the newest call with the answer, in their order. Undefined if there is none, or if some of its samples
 * were deleted.
 */
export async function reusableSamples(
	db: Database,
	answer: ReusableAnswer,
	checkSizes: CheckSizes,
): Promise<ReusableSample[] | undefined> {
	const id = await newestCall(db, answer);
	if (id === undefined) return undefined;
	const samples = db.selectFrom('logs').where((eb) => eb.or([eb('id', '=', id), eb('callLogId', '=', id)]));
	checkSizes((await samples.select(bytes.as('bytes')).execute()).map((sample) => sample.bytes));
	const rows = await samples
		.select(['id', 'rawOutput', 'outputMessage', 'finishReason'])
		.orderBy('sampleIndex')
		.execute();
	return rows.length === answer.numSamples ? rows.map((row) => decode(row)) : undefined;
}

/** See `ReuseWrites`. */
export async function keepReusable(dialect: DialectName, db: Database, ids: string[]): Promise<boolean> {
	const rows = await db
		.selectFrom('logs')
		.leftJoin('projects', 'projects.id', 'logs.projectId')
		.select(['logs.id', 'logs.user', 'logs.sessionId', 'logs.updatedAt'])
		.where('logs.id', 'in', ids)
		.where('projects.deletedAt', 'is', null)
		.orderBy('logs.id')
		.$if(dialect === 'postgres', (query) => query.forKeyShare('logs'))
		.execute();
	const first = rows.find(({ id }) => id === ids[0]);
	return rows.length === ids.length && first !== undefined && !(await isBeingDeleted(db, first));
}
