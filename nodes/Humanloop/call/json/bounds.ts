import { isOfType, type Schema } from './schema';

/** Says what is wrong. A function, because most problems are never shown: another branch of the schema fits. */
export type Problem = () => string;

/** By keyword: what it bounds, in which direction, and how it is said. */
const bounds = [
	['minimum', 'number', (size: number, bound: number) => size < bound, 'less than'],
	['maximum', 'number', (size: number, bound: number) => size > bound, 'more than'],
	['minLength', 'string', (size: number, bound: number) => size < bound, 'shorter than'],
	['maxLength', 'string', (size: number, bound: number) => size > bound, 'longer than'],
	['minItems', 'array', (size: number, bound: number) => size < bound, 'shorter than'],
	['maxItems', 'array', (size: number, bound: number) => size > bound, 'longer than'],
] as const;

/** @returns such as `less than 1`, or null if the value is within the schema's bounds */
export function boundProblem(value: unknown, schema: Schema): Problem | null {
	for (const [keyword, type, isOutside, words] of bounds) {
		const bound = schema[keyword];
		if (typeof bound !== 'number' || !isOfType(value, type)) continue;
		const unit = { number: '', string: ' characters', array: ' entries' }[type];
		if (isOutside(sizeOf(value), bound)) return () => `${words} ${bound}${unit}`;
	}
	return null;
}

/** The length of a text counts characters, as JSON Schema does. */
function sizeOf(value: unknown): number {
	if (typeof value === 'number') return value;
	return typeof value === 'string' ? [...value].length : (value as unknown[]).length;
}
