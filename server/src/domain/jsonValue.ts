/** Far more levels than any real body has, and far fewer than what overflows the stack when JSON is written. */
export const maxDepth = 200;

export type Path = (string | number)[];

/** Why a value cannot be stored as it is, and where in it that is. */
export type ValueProblem = { kind: 'depth' | 'surrogate'; path: Path };

/** What to do about an unpaired surrogate. Stored as UTF-8, all of them would become the same character. */
export const surrogateMessage =
	'the text has half of a character in it (an unpaired surrogate); send the whole character, or leave it out';

function below(key: string | number, problem: ValueProblem | undefined): ValueProblem | undefined {
	problem?.path.unshift(key);
	return problem;
}

/**
 * The first problem of a value that came from JSON: more than 200 levels of objects and lists, or half of a character.
 * It looks at each value once, as bodies can have a million.
 */
export function problemOf(value: unknown, level = 1): ValueProblem | undefined {
	if (typeof value === 'string') return value.isWellFormed() ? undefined : { kind: 'surrogate', path: [] };
	if (typeof value !== 'object' || value === null) return undefined;
	if (level > maxDepth) return { kind: 'depth', path: [] };
	if (Array.isArray(value)) {
		for (let index = 0; index < value.length; index += 1) {
			const problem = problemOf(value[index], level + 1);
			if (problem !== undefined) return below(index, problem);
		}
		return undefined;
	}
	const values = value as Record<string, unknown>;
	for (const key in values) {
		if (!key.isWellFormed()) return { kind: 'surrogate', path: [key] };
		const problem = problemOf(values[key], level + 1);
		if (problem !== undefined) return below(key, problem);
	}
	return undefined;
}
