import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { messageOf } from '../../domain/apiError.ts';
import { OperatorError } from '../../domain/operatorError.ts';

function sync(path: string): void {
	const file = openSync(path, 'r');
	try {
		fsyncSync(file);
	} finally {
		closeSync(file);
	}
}

function alreadyThere(file: string): OperatorError {
	return new OperatorError(`${file} exists already, and is not overwritten. Choose another name.`);
}

/** Gives a file its name, unless that exists. Some file systems have no links: there, the check and the rename are two steps. */
function publish(part: string, file: string): void {
	try {
		linkSync(part, file);
		rmSync(part);
	} catch (error) {
		if (existsSync(file)) throw alreadyThere(file);
		if (!(
			error instanceof Error &&
			'code' in error &&
			['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'].includes(String(error.code))
		))
			throw error;
		renameSync(part, file);
	}
}

/**
 * Makes a file that nobody ever sees half written: `write` fills an empty one beside it, which only this user can read,
 * and which gets the name when it is on the disk. Throws OperatorError if the file exists or cannot be written. If the
 * process is killed meanwhile, a file with `.part-` in its name stays.
 */
export async function makeFile(file: string, write: (part: string) => void | Promise<void>): Promise<void> {
	if (existsSync(file)) throw alreadyThere(file);
	const part = `${file}.part-${randomBytes(4).toString('hex')}`;
	try {
		closeSync(openSync(part, 'wx', 0o600));
		await write(part);
		sync(part);
		publish(part, file);
		sync(dirname(file));
	} catch (error) {
		for (const path of ['', '-wal', '-shm', '-journal'].map((suffix) => `${part}${suffix}`))
			if (existsSync(path)) rmSync(path);
		if (error instanceof OperatorError) throw error;
		throw new OperatorError(`${file} cannot be written: ${messageOf(error)}.`);
	}
}

function inMegabytes(bytes: number): string {
	return `${Math.ceil(bytes / 1e6).toLocaleString('en')} MB`;
}

/** Throws OperatorError if the disk of a folder has not that many bytes left. */
export function checkRoom(folder: string, bytes: number, purpose: string): void {
	const { bavail, bsize } = statfsSync(folder);
	const free = bavail * bsize;
	if (free >= bytes) return;
	throw new OperatorError(
		`${purpose} needs ${inMegabytes(bytes)} in ${folder}, and its disk has ${inMegabytes(free)} left. Make room and try again.`,
	);
}
