/** SQLite's code for a database that another process has locked. */
const busy = 5;

/**
 * Takes the lock of a file, which ends with the process that holds it, however that ends: the system lets go of SQLite's
 * lock. The lock is a file of its own beside the other one, and stays there.
 *
 * @returns what lets go of it, or undefined while another process holds it
 */
export async function takeLock(file: string): Promise<(() => Promise<void>) | undefined> {
	// Not before it is needed: Node.js 20 has no such module, and loads the rest of these files.
	const { DatabaseSync } = await import('node:sqlite');
	const lock = new DatabaseSync(`${file}.lockfile`);
	try {
		lock.exec('begin exclusive');
	} catch (error) {
		lock.close();
		if ((error as { errcode?: number }).errcode === busy) return undefined;
		throw error;
	}
	return async () => lock.close();
}
