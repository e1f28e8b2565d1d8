import { UnusableResponse } from './generation.ts';

const longestStart = 200;

/** The start of a text, on one line. It ends with a whole word: half a key would not be found and removed. */
function startOf(text: string): string {
	const line = text.trim().replace(/\s+/g, ' ');
	return line.length <= longestStart ? line : `${line.slice(0, longestStart).replace(/[^\s<>]*$/, '')}…`;
}

/** The JSON of a response's body. Throws UnusableResponse, which quotes a body that is something else. */
export function parseBody(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		const start = startOf(text);
		throw new UnusableResponse(start === '' ? 'it is empty.' : `it is not a JSON object. It begins with: ${start}`);
	}
}
