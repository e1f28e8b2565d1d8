import type { TableEntry } from './commandTable.ts';
import type { Command } from './shell.ts';

/** The commands that no entry of the table names, and the entries that no command of the pages needs. */
export function unmapped(commands: Command[], table: TableEntry[]): { commands: string[]; entries: string[] } {
	const used = new Set<TableEntry>();
	const without: string[] = [];
	for (const { text, place } of commands) {
		const entry = table.find((each) => each.commands.test(text) && (each.on?.test(place) ?? true));
		if (entry) used.add(entry);
		else without.push(`${place} ${text}`);
	}
	return {
		commands: without,
		entries: table.filter((entry) => !used.has(entry)).map((entry) => String(entry.commands)),
	};
}

/** The entries whose file does not run the command any more, or may not: what they quote is there twice. `read` has the text of a file; undefined if it is not there. */
export function staleEntries(table: TableEntry[], read: (file: string) => string | undefined): string[] {
	return table.flatMap((entry) => {
		if (!('by' in entry)) return [];
		const text = read(entry.by);
		if (text === undefined) return [`${entry.commands}: ${entry.by} is not there`];
		const { length } = text.split(entry.says);
		if (length === 2) return [];
		const problem =
			length === 1
				? `does not have ${entry.says}`
				: `has ${entry.says} more than once. Quote more of the line that runs it`;
		return [`${entry.commands}: ${entry.by} ${problem}`];
	});
}
