import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import { messageOf } from '../domain/apiError.ts';
import { ConnectionLost, isTemporary, sqlStateOf } from './postgresErrors.ts';
import type { Database } from './tables.ts';

/** The oldest version of PostgreSQL that the server is tested with. */
const minVersion = 15;

/** A database that the server does not work with. The message is a part of a sentence. */
class UnsuitableDatabase extends Error {}

/** How long the pause between two attempts to connect is, in milliseconds. */
const pauseMs = 250;

/**
 * Waits until the database can be used, for at most `waitMs` milliseconds. `onWait` is called once if it has to wait. Throws
 * the last error.
 */
export async function waitForPostgres(db: Database, waitMs: number, onWait: (error: unknown) => void): Promise<void> {
	const endsAt = performance.now() + waitMs;
	for (let attempt = 1; ; attempt += 1) {
		try {
			return await checkDatabase(db);
		} catch (error) {
			if (!canCome(error) || performance.now() + pauseMs > endsAt) throw error;
			if (attempt === 1) onWait(error);
			await pause(pauseMs);
		}
	}
}

/** Whether it is worth waiting. A wrong password, name or setting has to be corrected. */
function canCome(error: unknown): boolean {
	const { cause } = error as Error;
	return isTemporary(error) && sqlStateOf(cause) === undefined && adviceOfLibrary(cause) === undefined;
}

async function checkDatabase(db: Database): Promise<void> {
	const { rows } = await sql<{ encoding: string; version: string }>`
		select current_setting('server_encoding') as encoding, current_setting('server_version') as version
	`.execute(db);
	const [{ encoding, version }] = rows as [{ encoding: string; version: string }];
	if (Number.parseInt(version, 10) < minVersion) {
		throw new UnsuitableDatabase(`it is PostgreSQL ${version}, and the server needs version ${minVersion} or later`);
	}
	if (encoding !== 'UTF8') {
		throw new UnsuitableDatabase(`its encoding is ${encoding}. Create it with "create database … encoding 'UTF8'"`);
	}
}

/** What to do, by PostgreSQL's code. */
const advice: Record<string, string> = {
	'28P01': 'user or password is wrong. Change them in DATABASE_URL',
	'28000': 'PostgreSQL does not let this user in. Change the user in DATABASE_URL, or pg_hba.conf',
	'3D000': 'it does not exist. Create it, or change the name in DATABASE_URL',
	'42501': 'the user may not do that. Make the user the owner of the database',
	'53300': 'PostgreSQL has no connection left. Raise its max_connections, or lower DATABASE_POOL_SIZE',
	'25006': 'it takes no writes. Put the primary server into DATABASE_URL',
};

/** What to do, by what pg says while it connects. */
const libraryAdvice: readonly [RegExp, string][] = [
	[/client password must/, 'no password is given. Put it into DATABASE_URL or PGPASSWORD'],
	[
		/server does not support SSL/,
		'the server does not support SSL connections. Switch on ssl in PostgreSQL, or change sslmode in DATABASE_URL',
	],
];

function adviceOfLibrary(error: unknown): string | undefined {
	return libraryAdvice.find(([words]) => words.test(messageOf(error)))?.[1];
}

const nameAdvice: Record<string, string> = {
	ENOTFOUND: 'the name of the host is not known',
	EAI_AGAIN: 'the name of the host could not be looked up',
};

const hostAdvice: Record<string, string> = {
	ECONNREFUSED: 'nothing listens there',
	ENOENT: 'there is no such socket',
	ETIMEDOUT: 'the host does not respond',
	EHOSTUNREACH: 'the host cannot be reached',
};

/** Why a start with the database failed and what to do, without user and password. It ends with a full stop. */
export function startProblem(error: unknown): string {
	const { cause } = error as { cause?: Error & { code?: string } };
	if (error instanceof ConnectionLost && cause !== undefined) {
		if (sqlStateOf(cause) !== undefined) return startProblem(cause);
		const advised = adviceOfLibrary(cause);
		if (advised !== undefined) return `${advised}.`;
		const unknownName = nameAdvice[cause.code ?? ''];
		if (unknownName !== undefined) return `${unknownName}. Check the host's name in DATABASE_URL.`;
		const reason = hostAdvice[cause.code ?? ''] ?? messageOf(cause);
		return `${reason}. Start PostgreSQL, or change host and port in DATABASE_URL.`;
	}
	const known = advice[sqlStateOf(error) ?? ''];
	return known === undefined ? `${messageOf(error)}.` : `${known}. (${messageOf(error)})`;
}
