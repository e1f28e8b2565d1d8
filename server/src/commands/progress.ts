import { printError } from './output.ts';

/** How often a line says how far it is, in milliseconds, where there is no terminal. */
const lineEveryMs = 5_000;
/** How often the bar of a terminal is drawn again. */
const drawEveryMs = 100;
const barWidth = 40;
/** Returns to the start of the terminal's line and clears it. */
const clearLine = '\r\u001b[K';

type Terminal = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>;

function barOf(value: number, total: number): string {
	const full = total === 0 ? barWidth : Math.round((Math.min(value, total) / total) * barWidth);
	return '█'.repeat(full) + '░'.repeat(barWidth - full);
}

/** Shows on standard error how far a command is: a bar on a terminal, otherwise a line now and then. */
export class ProgressBar {
	readonly #terminal: Terminal | undefined;
	#shownAt: number;
	/** What the terminal should show. */
	#line = '';

	constructor(stream: Terminal = process.stderr) {
		this.#terminal = stream.isTTY ? stream : undefined;
		// The bar is drawn at once, the first line is not due yet.
		this.#shownAt = stream.isTTY ? -Infinity : performance.now();
	}

	/** `text` says what is counted, and what else is done. */
	show(value: number, total: number, text: string): void {
		if (this.#terminal !== undefined) this.#line = `${barOf(value, total)} ${value} of ${total} ${text}`;
		if (performance.now() - this.#shownAt < (this.#terminal === undefined ? lineEveryMs : drawEveryMs)) return;
		this.#shownAt = performance.now();
		if (this.#terminal !== undefined) this.#draw(this.#terminal);
		else printError(`${value.toLocaleString('en')} of ${total.toLocaleString('en')} ${text}`);
	}

	/** Leaves the bar as it is. What is printed from now on is below it. */
	stop(): void {
		if (this.#terminal === undefined || this.#line === '') return;
		this.#draw(this.#terminal);
		this.#terminal.write('\n');
	}

	/** A line that wraps could not be cleared. */
	#draw(terminal: Terminal): void {
		terminal.write(clearLine + this.#line.slice(0, Math.max((terminal.columns || 80) - 1, 1)));
	}
}
