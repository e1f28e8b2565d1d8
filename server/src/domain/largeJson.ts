import { randomUUID } from 'node:crypto';

/*
 * The JSON of large objects, which a call writes several times within a moment: for its log, for the saved response and for
 * its caller. To write a megabyte takes longer than to copy its text.
 */

/** Shorter texts are written again: that takes less time than to look for them. In UTF-16 code units. */
const largeLength = 16 * 1024;

/** By the object, which must not change once its text was asked for. */
const texts = new WeakMap<object, string>();

/** The JSON of an object or list that does not change any more. */
export function jsonOf(value: object): string {
	const known = texts.get(value);
	if (known !== undefined) return known;
	const text = JSON.stringify(value);
	if (text.length >= largeLength) texts.set(value, text);
	return text;
}

/** Nobody can guess it, so no text of a caller has it. */
const mark = randomUUID();
const marks = new RegExp(`\\{"${mark}":(\\d+)\\}`);

/** Puts marks in the place of objects whose text is known, and collects these texts, one for each mark. */
class Marks {
	readonly found: string[] = [];

	/** The object with marks as values, or itself if it has none. */
	in<T extends object>(value: T): T {
		let marked: T | undefined;
		for (const name in value) {
			const inner = value[name];
			const text = typeof inner === 'object' && inner !== null && !Array.isArray(inner) && texts.get(inner);
			if (!text) continue;
			marked ??= { ...value };
			marked[name] = { [mark]: this.found.length } as never;
			this.found.push(text);
		}
		return marked ?? value;
	}
}

/**
 * What `write` makes of a response, as JSON. Of its values, and of those of the entries in `data`, objects whose text is known
 * are not written again. The result is the same.
 */
export function writeOnce<T>(response: T, write: (response: T) => string): string {
	if (typeof response !== 'object' || response === null) return write(response);
	const search = new Marks();
	let marked: object = search.in(response);
	if ('data' in response && Array.isArray(response.data)) {
		const data = response.data as unknown[];
		const entries = data.map((entry) => (typeof entry === 'object' && entry !== null ? search.in(entry) : entry));
		if (entries.some((entry, index) => entry !== data[index])) marked = { ...marked, data: entries };
	}
	const { found } = search;
	if (found.length === 0) return write(response);
	// Every other part is the number of a mark.
	const parts = write(marked as T).split(marks);
	// A schema may leave out what a mark stands for.
	if (parts.length !== 2 * found.length + 1) return write(response);
	return parts.reduce((text, part, index) => text + (index % 2 === 0 ? part : found[Number(part)]), '');
}
