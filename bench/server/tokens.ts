/*
 * A token of the stand-in says which one it is and when it was sent: "@3:123456789@". The time is that of the machine's
 * monotonic clock, in microseconds, which all processes share on Linux.
 */

/** Microseconds of the monotonic clock. */
export function now(): number {
	return Number(process.hrtime.bigint() / 1000n);
}

export function tokenText(index: number): string {
	return `@${index}:${now()}@`;
}

/** A token in an event of OpenAI's API or of ours. The whole text, which our last event has, is none if it has two tokens. */
export const tokenPattern = /"(?:content|output)":"@(\d+):(\d+)@"/g;
