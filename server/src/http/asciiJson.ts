const lastAscii = 0x7e;
const backslash = 0x5c;
const letterU = 0x75;
const digits = Buffer.from('0123456789abcdef');

/** How many bytes the text has once it is escaped. */
function escapedLength(text: string): number {
	let length = text.length;
	for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > lastAscii) length += 5;
	return length;
}

/** The text with `\uXXXX` for each UTF-16 code unit above `~`. Bytes are filled by hand: a text can have megabytes. */
function escape(text: string): string {
	const bytes = Buffer.allocUnsafe(escapedLength(text));
	let at = 0;
	for (let index = 0; index < text.length; index += 1) {
		const unit = text.charCodeAt(index);
		if (unit <= lastAscii) {
			bytes[at++] = unit;
			continue;
		}
		bytes[at++] = backslash;
		bytes[at++] = letterU;
		for (const shift of [12, 8, 4, 0]) bytes[at++] = digits[(unit >> shift) & 0xf] as number;
	}
	return bytes.toString('latin1');
}

/**
 * The value as JSON on one line, in printable ASCII. `JSON.parse` returns the same value as for the usual form. However the
 * bytes are cut into pieces, no piece has a part of a character.
 */
export function asciiJson(value: unknown): string {
	const json = JSON.stringify(value);
	return /[\u007f-\uffff]/.test(json) ? escape(json) : json;
}
