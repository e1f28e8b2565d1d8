import type { Problem, ProblemKind } from './protocol.ts';

/** The engine's words for what its error is about. Anything else is in the message. */
const kinds: readonly [RegExp, ProblemKind][] = [
	[/^syntax error: /, 'syntax'],
	[/^undefined value/, 'undefined'],
	[/^engine ran out of fuel/, 'effort'],
	[/^invalid operation: recursion limit exceeded/, 'memory'],
];
/** Messages can quote templates and inputs. */
const maxMessage = 300;

/** What an error of the engine says: `undefined value (in <string>:2)`, and in debug mode an excerpt below that. */
export function toProblem(error: Error, index: number): Problem {
	const [first = ''] = error.message.split('\n');
	const line = / \(in <string>:(\d+)\)$/.exec(first);
	const message = first.slice(0, line?.index);
	const [pattern, kind] = kinds.find(([words]) => words.test(message)) ?? [undefined, 'other' as const];
	const text = (kind === 'syntax' && pattern !== undefined ? message.replace(pattern, '') : message).slice(
		0,
		maxMessage,
	);
	return { kind, index, message: text, ...(line === null ? {} : { line: Number(line[1]) }) };
}

/**
 * The expression that is not defined, from the excerpt that debug mode adds: a line of the template, and below it marks
 * under the last part of the expression. Undefined if there is no such excerpt.
 */
export function undefinedExpression(error: Error): string | undefined {
	const lines = error.message.split('\n');
	const marked = lines.findIndex((line) => /^ +i +\^+ undefined value$/.test(line));
	const marks = lines[marked];
	const code = lines[marked - 1];
	if (marks === undefined || code === undefined) return undefined;
	// The marks count characters, not UTF-16 units.
	const characters = [...code];
	const start = marks.indexOf('^');
	const before = /(?:\|\s*)?[\p{L}\p{N}_.[\]'"]*$/u.exec(characters.slice(0, start).join(''))?.[0] ?? '';
	return (before + characters.slice(start, marks.lastIndexOf('^') + 1).join('')).slice(0, maxMessage);
}
