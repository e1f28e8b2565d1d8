/*
 * How much memory JSON takes while a call holds it: as text, parsed, and written again for the provider, the database
 * and the caller. Measured in test/memory.test.ts; these are upper bounds, not averages.
 */

/** For each byte of text. */
const perByte = 8;
/** For each object and list. An empty one has 2 bytes as text and 56 in memory, and is copied once. */
const perObject = 128;
/** For each further value in an object or list. */
const perValue = 16;

const comma = 0x2c;
const openingBracket = 0x5b;
const openingBrace = 0x7b;

/** The memory that a piece of JSON text takes, in bytes. Text inside strings may look like objects: that counts too. */
export function memoryOf(json: Uint8Array): number {
	let bytes = json.length * perByte;
	for (const byte of json) {
		if (byte === comma) bytes += perValue;
		else if (byte === openingBrace || byte === openingBracket) bytes += perObject;
	}
	return bytes;
}
