import { ApiError } from '../domain/apiError.ts';
import { OperatorError } from '../domain/operatorError.ts';
import type { Store } from '../domain/store.ts';
import type { Dialect } from '../storage/dialect.ts';
import { GroupCommit } from '../storage/groupCommit.ts';
import { migrate, migrationState } from '../storage/migrations.ts';
import { createStore } from '../storage/store.ts';
import { withDatabase } from './withDatabase.ts';

/** Creates the schema of a new database. An older one is left as it is: a server of that version may be using it. */
async function checkSchema(database: Dialect): Promise<void> {
	const { done, pending } = await migrationState(database);
	if (pending.length === 0) return;
	if (done.length > 0) {
		throw new OperatorError(
			`The database lacks ${pending.join(', ')}. Start the server of this version first, or run "humanloop-server migrate".`,
		);
	}
	await migrate(database);
}

/**
 * Runs the work of a command on the database, also while servers use it, and closes the database. Throws OperatorError
 * for what the operator has to change. `location` is where the database is, without user and password.
 */
export async function withStore(
	settings: Parameters<typeof withDatabase>[0],
	work: (store: Store, location: string) => Promise<void>,
): Promise<void> {
	await withDatabase(settings, async ({ database, location }) => {
		try {
			await checkSchema(database);
			const groupCommit = new GroupCommit(database);
			await work(createStore(database, groupCommit), location);
			await groupCommit.idle();
		} catch (error) {
			if (error instanceof ApiError) throw new OperatorError(error.message);
			throw error;
		}
	});
}
