import { Presets, SingleBar } from 'cli-progress';
import { printError } from './output.ts';

/** How often a line says how far it is, in milliseconds, where there is no terminal. */
const lineEveryMs = 5_000;

/** Shows on standard error how far a command is: a bar on a terminal, otherwise a line now and then. */
export class ProgressBar {
	readonly #bar: SingleBar | undefined;
	#lastLineAt = performance.now();
	#isStarted = false;

	constructor() {
		this.#bar = process.stderr.isTTY
			? new SingleBar({ format: '{bar} {value} of {total} {text}', stream: process.stderr }, Presets.shades_classic)
			: undefined;
	}

	/** `text` says what is counted, and what else is done. */
	show(value: number, total: number, text: string): void {
		if (this.#bar !== undefined) {
			if (!this.#isStarted) this.#bar.start(total, value, { text });
			this.#isStarted = true;
			this.#bar.setTotal(total);
			this.#bar.update(value, { text });
			return;
		}
		if (performance.now() - this.#lastLineAt < lineEveryMs) return;
		this.#lastLineAt = performance.now();
		printError(`${value.toLocaleString('en')} of ${total.toLocaleString('en')} ${text}`);
	}

	/** Leaves the bar as it is. What is printed from now on is below it. */
	stop(): void {
		this.#bar?.stop();
	}
}
