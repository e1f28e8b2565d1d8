import type { LogListing } from '../domain/store.ts';
import type { Dialect } from './dialect.ts';

/** Lists with filters are counted up to here. Beyond that, their total is a lower bound. */
export const maxCounted = 10_000;

/** The total that a page proves: what is before it and on it. `rows` has one row more than the page if there is more. */
export function totalFrom(offset: number, rows: number): number {
	return rows === 0 ? 0 : offset + rows;
}

/** The logs that the filters of a list leave, but for its text search. */
export function matchingLogs(
	{ reader, isOfProjectWithoutIndex }: Dialect,
	{ projectId, sessionId, source, from, before }: LogListing,
) {
	let logs = reader.selectFrom('logs');
	// A session has few logs, so its index is faster than that of the project.
	if (sessionId === undefined) logs = logs.where('projectId', '=', projectId);
	else logs = logs.where('sessionId', '=', sessionId).where(isOfProjectWithoutIndex(projectId));
	if (source !== undefined) logs = logs.where('source', '=', source);
	if (from !== undefined) logs = logs.where('createdAt', '>=', from);
	return before === undefined ? logs : logs.where('createdAt', '<', before);
}
