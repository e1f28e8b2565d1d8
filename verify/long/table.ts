/** What came out of one step of `npm run verify:long`. */
export interface Outcome {
	name: string;
	command: string;
	date: string;
	commit: string;
	duration: string;
	result: string;
}

const columns = ['Step', 'Command', 'Date', 'Commit', 'Took', 'Result'];
const begin = '<!-- verify:long begins -->';
const end = '<!-- verify:long ends -->';

/** The outcomes in a page's table, by the names of their steps. */
export function readOutcomes(page: string): Map<string, Outcome> {
	const { from, to } = boundsOf(page);
	const table = page.slice(from, to);
	const rows = [...table.matchAll(/^\| ([^|]+) \| `([^|]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)];
	return new Map(
		rows.map(([, name, command, date, commit, duration, result]) => [
			name!,
			{ name: name!, command: command!, date: date!, commit: commit!, duration: duration!, result: result! },
		]),
	);
}

/** The page with one row for each step, in their order. A step without an outcome has not been run. */
export function writeOutcomes(
	page: string,
	steps: { name: string; command: string }[],
	outcomes: Map<string, Outcome>,
): string {
	const rows = steps.map(({ name, command }) => {
		const outcome = outcomes.get(name);
		const cells = outcome
			? [outcome.date, outcome.commit, outcome.duration, outcome.result]
			: ['–', '–', '–', 'not run'];
		return `| ${[name, `\`${command}\``, ...cells].join(' | ')} |`;
	});
	const head = [`| ${columns.join(' | ')} |`, `|${' --- |'.repeat(columns.length)}`];
	const { from, to } = boundsOf(page);
	return `${page.slice(0, from)}\n${[...head, ...rows].join('\n')}\n${page.slice(to)}`;
}

/** Where the table begins and ends in a page. */
function boundsOf(page: string): { from: number; to: number } {
	const [from, to] = [page.indexOf(begin), page.indexOf(end)];
	if (from < 0 || to < from) throw new Error(`The page has no lines "${begin}" and "${end}".`);
	return { from: from + begin.length, to };
}

/** A time for people, such as `3 min 20 s`. */
export function durationOf(milliseconds: number): string {
	const seconds = Math.round(milliseconds / 1000);
	return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/**
 * What a run says of itself: the last line with counts of what passed and failed, or else how it ended.
 *
 * @param code the exit code; null after a signal
 */
export function resultOf(output: string, code: number | null): string {
	// eslint-disable-next-line no-control-regex
	const lines = output.replace(/\x1b\[[0-9;]*m/g, '').split('\n');
	const counted = lines.findLast((line) => /\d+ passed/.test(line) || /^(?:ℹ|#) pass \d+/.test(line));
	const passed = counted && /(\d+) passed|pass (\d+)/.exec(counted);
	const count = passed ? `, ${passed[1] ?? passed[2]} checks` : '';
	return code === 0 ? `passed${count}` : `**failed** (${code === null ? 'ended by a signal' : `exit code ${code}`})`;
}
