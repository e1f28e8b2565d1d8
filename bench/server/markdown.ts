import type { Spread } from './figures.ts';

/** A number with as many digits as it takes to tell it from others of its size. */
export function text(value: number | undefined): string {
	if (value === undefined || !Number.isFinite(value)) return '–';
	const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
	return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function medianText(spread: Spread | undefined): string {
	return text(spread?.median);
}

/** The median, and from the least to the most. */
export function rangeText(spread: Spread | undefined): string {
	return spread === undefined ? '–' : `${text(spread.median)} (${text(spread.least)}–${text(spread.most)})`;
}

/** A table of Markdown. The first column is text, the others are numbers. */
export function tableOf(header: string[], rows: string[][]): string {
	const marks = header.map((_, index) => (index === 0 ? '---' : '---:'));
	return [header, marks, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
