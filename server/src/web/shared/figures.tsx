import classes from './figures.module.css';

const whole = new Intl.NumberFormat('en');
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });

/** US dollars: `$12.30`, `$0.0012`. null is not known, which is not the same as nothing. */
export function formatCost(dollars: number | null | undefined): string {
	if (dollars === null || dollars === undefined) return 'unknown';
	if (dollars === 0) return '$0';
	const digits = dollars >= 1 ? 2 : Math.min(9, 1 - Math.floor(Math.log10(Math.abs(dollars))));
	// 0.5 → $0.50, 0.0012 → $0.0012, 0.000002 → $0.000002
	return `$${dollars.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: Math.max(2, digits) })}`;
}

/** `340 ms`, `1.2 s`, `3 min 20 s`. */
export function formatDuration(seconds: number | null | undefined): string {
	if (seconds === null || seconds === undefined) return 'unknown';
	if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
	if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
	const total = Math.round(seconds);
	return `${Math.floor(total / 60)} min ${total % 60} s`;
}

export const formatCount = (count: number) => whole.format(count);
export const formatCompact = (count: number) => compact.format(count);
export const formatPercent = (share: number) => percent.format(share);

function Figure({ text, title, isUnknown }: { text: string; title?: string | undefined; isUnknown?: boolean }) {
	return (
		<span className={isUnknown ? classes.unknown : classes.figure} title={title}>
			{text}
		</span>
	);
}

/** Stands for a figure that is counted with the call's first answer. */
export function CountedWithFirst() {
	const title = 'Counted with the first answer of this call';
	return (
		<span role="img" aria-label={title} title={title} className={classes.unknown}>
			–
		</span>
	);
}

export function Cost({ dollars }: { dollars: number | null | undefined }) {
	const isUnknown = dollars === null || dollars === undefined;
	return (
		<Figure
			text={formatCost(dollars)}
			isUnknown={isUnknown}
			title={isUnknown ? 'The cost is not known.' : `$${dollars}`}
		/>
	);
}

export function Duration({ seconds }: { seconds: number | null | undefined }) {
	return <Figure text={formatDuration(seconds)} isUnknown={seconds === null || seconds === undefined} />;
}

/** A number of tokens, or of anything else that is counted. */
export function Count({ of }: { of: number | null | undefined }) {
	if (of === null || of === undefined) return <Figure text="unknown" isUnknown />;
	return of < 100_000 ? (
		<Figure text={whole.format(of)} />
	) : (
		<Figure text={compact.format(of)} title={whole.format(of)} />
	);
}
