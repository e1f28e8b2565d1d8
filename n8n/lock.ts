import { lock, type LockOptions } from 'proper-lockfile';

const options: LockOptions = {
	// The file itself need not be there: its lock is a folder beside it.
	realpath: false,
	stale: 30_000,
	// A machine that slept takes its own lock for lost, which is no reason to fall over.
	onCompromised: () => {},
};

/**
 * Takes the lock of a file, which ends with the process that holds it (after 30 seconds, where that one was killed).
 *
 * @returns what lets go of it, or undefined while another process holds it
 */
export async function takeLock(file: string): Promise<(() => Promise<void>) | undefined> {
	try {
		const release = await lock(file, options);
		return async () => await release().catch(() => {});
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ELOCKED') return undefined;
		throw error;
	}
}
