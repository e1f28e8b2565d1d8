/** A name may take what the other columns of a table leave of 80. */
const nameWidth = 15;

/** A name for a column of a table: at most 15 characters. */
export function shortened(text: string): string {
	const characters = [...text];
	return characters.length <= nameWidth ? text : `${characters.slice(0, nameWidth - 1).join('')}…`;
}

/** Rows as lines whose columns begin at the same places. Nothing is behind the last one. */
export function alignedLines(rows: string[][]): string[] {
	const last = Math.max(...rows.map((row) => row.length)) - 1;
	const widths = Array.from({ length: last }, (_, column) =>
		Math.max(...rows.map((row) => [...(row[column] ?? '')].length)),
	);
	return rows.map((row) =>
		row.map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - [...cell].length))).join('  '),
	);
}
