import { createReadStream, readFileSync, statSync } from 'node:fs';
import { problemOf } from '../domain/jsonValue.ts';
import { ImportProblem } from './importProblem.ts';

type JsonObject = Record<string, unknown>;

/** How long a file with one JSON value may be, and a line of a file with one on each line. */
export const maxFileBytes = 16 * 1024 * 1024;
export const maxLineBytes = 64 * 1024 * 1024;

const newline = 0x0a;

/** Throws for anything but a file: a pipe or a device might never end. */
function checkFile(path: string): number {
	const stats = statSync(path);
	if (stats.isDirectory()) throw new ImportProblem('it is a folder');
	if (!stats.isFile()) throw new ImportProblem('it is neither a file nor a link to one');
	return stats.size;
}

/** Where the text stops being JSON. The message of JSON.parse has some of the text, which can be secret. */
function placeOf(error: unknown): string {
	const [, place] = /\((line \d+ column \d+)\)$/.exec(String(error)) ?? [];
	return place === undefined ? 'its end is missing' : place.replace(' column', ', column');
}

/** The value of a JSON text. Throws ImportProblem if it is none, or one that cannot be stored. */
function valueIn(text: string): unknown {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch (error) {
		throw new ImportProblem(text.trim() === '' ? 'it is empty' : `this is not JSON: ${placeOf(error)}`);
	}
	const problem = problemOf(value);
	if (problem === undefined) return value;
	const what = problem.kind === 'surrogate' ? 'has half of a character in it' : 'is nested too deep';
	throw new ImportProblem(`${problem.path.slice(0, 3).join('.')} ${what}`);
}

function isObject(value: unknown): value is JsonObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectIn(text: string): JsonObject {
	const value = valueIn(text);
	if (!isObject(value)) throw new ImportProblem('this is not a JSON object');
	return value;
}

function textIn(path: string): string {
	const bytes = checkFile(path);
	if (bytes > maxFileBytes)
		throw new ImportProblem(
			`it has ${bytes.toLocaleString('en')} bytes, and at most ${maxFileBytes.toLocaleString('en')} are allowed`,
		);
	return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
}

/** The object in a file. Throws ImportProblem, or the error of the file system. */
export function readObject(path: string): JsonObject {
	return objectIn(textIn(path));
}

/** The list of objects in a file. Throws as `readObject` does. */
export function readList(path: string): JsonObject[] {
	const value = valueIn(textIn(path));
	if (!Array.isArray(value) || !value.every(isObject)) throw new ImportProblem('this is not a list of JSON objects');
	return value;
}

/** A line of a file, from 1. `value` is a function, because it throws ImportProblem if the line is no JSON object. */
export type JsonLine = { line: number; bytes: number; value: () => JsonObject };

function tooLong(): never {
	throw new ImportProblem(`it has more than ${maxLineBytes.toLocaleString('en')} bytes`);
}

/** The parts of a line until its end comes. Of a line that is too long, nothing is kept. */
class LineParts {
	#parts: Buffer[] = [];
	#bytes = 0;

	add(part: Buffer): void {
		this.#bytes += part.length;
		if (this.#bytes > maxLineBytes) this.#parts = [];
		else this.#parts.push(part);
	}

	/** The line, if there is anything in it. Starts the next one. */
	end(line: number): JsonLine | undefined {
		const [bytes, parts] = [this.#bytes, this.#parts];
		this.#parts = [];
		this.#bytes = 0;
		if (bytes > maxLineBytes) return { line, bytes: 0, value: tooLong };
		const text = Buffer.concat(parts).toString('utf8');
		return text.trim() === '' ? undefined : { line, bytes, value: () => objectIn(text) };
	}
}

/** The lines of a file that has a JSON object on each, one after the other. Empty ones are left out. Throws as `readObject` does. */
export async function* readLines(path: string): AsyncGenerator<JsonLine> {
	checkFile(path);
	const parts = new LineParts();
	let line = 1;
	for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
		let from = 0;
		for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
			parts.add(chunk.subarray(from, end));
			from = end + 1;
			const done = parts.end(line);
			if (done !== undefined) yield done;
			line += 1;
		}
		parts.add(chunk.subarray(from));
	}
	const last = parts.end(line);
	if (last !== undefined) yield last;
}
