import { Type } from 'typebox';
import { maxNameLength, Opt } from '../contract/fields.ts';
import type { Session } from '../domain/entities.ts';
import type { Store } from '../domain/store.ts';
import { isThere } from './exportTree.ts';
import { checked, Id, timeIn } from './fields.ts';
import type { ImportReport } from './importReport.ts';
import { readLines } from './readJson.ts';

/** How many sessions are stored in one commit. */
const sessionsPerCommit = 500;

const time = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d' });
const Line = Type.Object({
	id: Id,
	reference_id: Opt(Type.String({ minLength: 1, maxLength: maxNameLength })),
	created_at: time,
	updated_at: time,
});

function toSession(value: Record<string, unknown>): Session {
	const { id, reference_id: referenceId, created_at: createdAt, updated_at: updatedAt } = checked(Line, value);
	return {
		id,
		referenceId: referenceId ?? null,
		createdAt: timeIn('created_at', createdAt) as string,
		updatedAt: timeIn('updated_at', updatedAt) as string,
	};
}

async function addAll(store: Store, sessions: Session[], report: ImportReport): Promise<void> {
	const added = await store.write(async ({ archive }) => {
		let count = 0;
		for (const session of sessions) count += Number((await archive.addSession(session)).isNew);
		return count;
	});
	report.count('sessions', true, added);
	report.count('sessions', false, sessions.length - added);
}

/** Stores the sessions in a file of an export of this server. None if the file is not there. */
export async function importSessions(store: Store, path: string, report: ImportReport): Promise<void> {
	if (!isThere(path)) return;
	let sessions: Session[] = [];
	try {
		for await (const { line, value } of readLines(path)) {
			try {
				sessions.push(toSession(value()));
			} catch (error) {
				report.break(`${path}, line ${line}`, error);
			}
			if (sessions.length < sessionsPerCommit) continue;
			await addAll(store, sessions, report);
			sessions = [];
		}
	} catch (error) {
		report.break(path, error);
	}
	await addAll(store, sessions, report);
}
