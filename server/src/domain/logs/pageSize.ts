import { unprocessable } from '../apiError.ts';
import { inMebibytes, memoryPerStoredByte, type MemoryShare } from '../memory.ts';

/**
 * Checks how many bytes logs take, before they are read. Throws 422 if that is too much for a page, and 503 if the memory
 * has no room for them now. One log is never too much.
 */
export function checkPageSize(sizes: number[], maxBytes: number, memory: MemoryShare | undefined): void {
	const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
	if (total > maxBytes && sizes.length > 1) {
		let fitting = 0;
		for (let bytes = sizes[0] as number; bytes <= maxBytes; bytes += sizes[fitting] as number) fitting += 1;
		throw unprocessable(
			`This page of ${sizes.length} logs would take about ${inMebibytes(total)}, and a page may take ` +
				`${inMebibytes(maxBytes)} (MAX_PAGE_BYTES). Set "size" to ${Math.max(fitting, 1)} or less.`,
		);
	}
	memory?.growForStored(total * memoryPerStoredByte);
}
