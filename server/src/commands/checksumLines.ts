import type { Checksum } from '../storage/copy/checksums.ts';

/** A table of counts and checksums that fits into 80 columns. */
export function checksumLines(checksums: Checksum[]): string[] {
	const counts = checksums.map(({ rows }) => rows.toLocaleString('en'));
	const [names, numbers] = [checksums.map(({ table }) => table.length), counts.map(({ length }) => length)];
	return checksums.map(({ table, sha256 }, index) => {
		const count = (counts[index] ?? '').padStart(Math.max(...numbers));
		return `${table.padEnd(Math.max(...names))}  ${count} rows  SHA-256 ${sha256.slice(0, 32)}`;
	});
}
