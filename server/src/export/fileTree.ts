import { createWriteStream, mkdirSync, type WriteStream, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { dirname, join } from 'node:path';

/** Only this user may read what is exported: prompts and logs are in plain text. */
export const folderMode = 0o700;
export const fileMode = 0o600;

/** How many lines a file has at most. */
const linesPerFile = 1_000;

function withSortedKeys(value: unknown): unknown {
	if (typeof value !== 'object' || value === null) return value;
	if (Array.isArray(value)) return value.map(withSortedKeys);
	const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
	return Object.fromEntries(entries);
}

/**
 * Writes the files of an export below a folder. Equal values give equal bytes: the keys of each record are sorted. What is
 * inside its values keeps its order, because the order of a JSON schema matters to models.
 */
export class FileTree {
	readonly #root: string;

	constructor(root: string) {
		this.#root = root;
	}

	#path(name: string): string {
		const path = join(this.#root, name);
		mkdirSync(dirname(path), { recursive: true, mode: folderMode });
		return path;
	}

	/** Writes one value. */
	json(name: string, value: unknown): void {
		const text = JSON.stringify(withSortedKeys(value), undefined, '\t');
		writeFileSync(this.#path(name), `${text}\n`, { mode: fileMode, flag: 'wx' });
	}

	/** Writes a file with a value on each line, also if there is none. */
	async lines(name: string, values: AsyncIterable<unknown>): Promise<void> {
		await this.#write([name], values, Infinity);
	}

	/** Writes the values to as many files as they need: 1.jsonl and so on. None if there are no values. */
	async numberedLines(folder: string, values: AsyncIterable<unknown>): Promise<void> {
		const names = function* () {
			for (let number = 1; ; number += 1) yield join(folder, `${number}.jsonl`);
		};
		await this.#write(names(), values, linesPerFile);
	}

	async #write(names: Iterable<string>, values: AsyncIterable<unknown>, most: number): Promise<void> {
		const nextName = names[Symbol.iterator]();
		let stream: WriteStream | undefined;
		let count = 0;
		const open = () => {
			const path = this.#path(String(nextName.next().value));
			return createWriteStream(path, { mode: fileMode, flags: 'wx' });
		};
		for await (const value of values) {
			if (stream !== undefined && count % most === 0) {
				await close(stream);
				stream = undefined;
			}
			stream ??= open();
			if (!stream.write(`${JSON.stringify(withSortedKeys(value))}\n`)) await once(stream, 'drain');
			count += 1;
		}
		if (stream === undefined && most === Infinity) stream = open();
		if (stream !== undefined) await close(stream);
	}
}

async function close(stream: WriteStream): Promise<void> {
	stream.end();
	await once(stream, 'close');
}
