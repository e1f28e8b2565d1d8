import { styleText } from 'node:util';
import wrapAnsi from 'wrap-ansi';

/** The width of the terminal, but at most what is easy to read; 80 columns where there is no terminal. */
const width = Math.min(process.stdout.columns || 80, 96);

/** The column of the texts beside their labels. */
const indent = 10;

type Style = Parameters<typeof styleText>[0];

/** A text in a style, unless NO_COLOR is set or the output is not a terminal. */
export const styled = (style: Style, text: string) => styleText(style, text);

/** Prints a text below an empty line. */
export function heading(text: string): void {
	console.log(`\n${wrapped(styled('bold', text), width).join('\n')}`);
}

/** Prints what went wrong, to stderr. */
export function complain(text: string): void {
	console.error(wrapped(text, width).join('\n'));
}

/** Prints a label, and a text beside it, without its empty lines. Without a label, the text stands below the one before. */
export function labeled(label: string, text: string, style: Style = 'cyan'): void {
	for (const [index, line] of wrapped(text.trim().replace(/\n\s*\n/g, '\n'), width - indent).entries()) {
		const start = index === 0 ? label : '';
		console.log((start && styled(style, start)) + ' '.repeat(indent - start.length) + line);
	}
}

/** Prints a command to type, and what it does. */
export function command(text: string, purpose: string): void {
	for (const line of wrapped(styled('bold', text), width - 2)) console.log(`  ${line}`);
	for (const line of wrapped(purpose, width - 4)) console.log(`    ${line}`);
}

/** The beginning of a text, in two lines at most. */
export function excerpt(text: string): string {
	// Three columns are left for the end: an ellipsis and a quotation mark, which some terminals draw wide.
	const [first, second, ...rest] = wrapped(`“${text.replace(/\s+/g, ' ').trim()}`, width - indent - 3);
	return `${[first, second].filter(Boolean).join(' ')}${rest.length > 0 ? '…' : ''}”`;
}

/** Breaks between words, and in the middle of what has none, such as Japanese. */
function wrapped(text: string, columns: number): string[] {
	return wrapAnsi(text, Math.max(columns, 16), { hard: true }).split('\n');
}
