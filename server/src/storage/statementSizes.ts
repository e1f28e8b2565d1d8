/*
 * SQLite's statements stay prepared, for each text of SQL one. Node.js cannot let go of one before its wrapper is collected,
 * which may be in hours. So statements that are about many rows come in few sizes: powers of two.
 */

/** The values of an `in` list, with the last one repeated up to a power of two. */
export function padded<T>(values: readonly T[]): T[] {
	const size = values.length === 0 ? 0 : 2 ** Math.ceil(Math.log2(values.length));
	return [...values, ...Array.from({ length: size - values.length }, () => values.at(-1) as T)];
}

/** The rows in order, in parts of 128 and then of lower powers of two. */
export function inParts<T>(rows: readonly T[]): T[][] {
	const parts: T[][] = [];
	for (let from = 0; from < rows.length;) {
		const size = Math.min(128, 2 ** Math.floor(Math.log2(rows.length - from)));
		parts.push(rows.slice(from, from + size));
		from += size;
	}
	return parts;
}
