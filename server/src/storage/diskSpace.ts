import { statfs } from 'node:fs/promises';

/** Checks that the file system of a folder has so many bytes left for this user. Returns what is wrong, or undefined. */
export function diskSpaceCheck(folder: string, minBytes: number) {
	return async (): Promise<string | undefined> => {
		if (minBytes === 0) return undefined;
		const { bavail, bsize } = await statfs(folder);
		const bytes = bavail * bsize;
		if (bytes >= minBytes) return undefined;
		return `the disk of DATA_DIR has ${bytes} bytes left, and MIN_FREE_DISK_BYTES is ${minBytes}: make room`;
	};
}
