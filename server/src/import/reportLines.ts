import { counted, type ImportReport, kinds } from './importReport.ts';

/** How many lines of one list are printed. The last line says how many more there are. */
const maxLines = 100;

function bounded(lines: readonly string[], total = lines.length): string[] {
	const shown = lines.slice(0, maxLines);
	return total > shown.length ? [...shown, `  and ${(total - shown.length).toLocaleString('en')} more`] : shown;
}

function listed(heading: string, lines: readonly string[], total = lines.length): string[] {
	return lines.length === 0 ? [] : [heading, ...bounded(lines, total)];
}

/** Texts of a file that are printed stay on their line, and cannot control the terminal. */
function printable(text: string): string {
	// eslint-disable-next-line no-control-regex
	return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '\uFFFD');
}

/** What an import has done, for the operator. */
export function reportLines(report: ImportReport): string[] {
	const counts = kinds
		.filter((kind) => report.added(kind) + report.present(kind) > 0)
		.map((kind) => {
			const there = report.present(kind);
			const already = there === 0 ? '' : `, ${there.toLocaleString('en')} there already`;
			return `${kind.padEnd(12)}  ${report.added(kind).toLocaleString('en')} new${already}`;
		});
	const skipped = report.skipped.map((what) => `  ${what}`);
	const equal = report.equalVersions;
	const notes = report.notes.map((note) => `  ${printable(note)}`);
	if (equal > 0)
		notes.unshift(
			`  ${counted(equal, 'version is', 'versions are')} equal to an older one, which is found under both IDs.`,
		);
	const broken = report.broken.map(({ path, reason }) => `  ${printable(path)}: ${printable(reason)}`);
	return [
		...(counts.length === 0 ? ['Nothing was imported.'] : counts),
		...listed('Good to know:', notes),
		...listed('Not imported, because this server has no place for it:', skipped),
		...listed('Cannot be imported:', broken, report.brokenCount),
	];
}
