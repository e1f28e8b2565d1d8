import type { IDataObject } from 'n8n-workflow';

import { isOfType, list, object, resolve, shown, typeNames, type Schema } from './schema';

/** Deeper values do not fit: a schema can refer to itself without end. */
const deepest = 100;

/**
 * The first problem of a value that does not fit a schema.
 *
 * It checks the keywords that the structured outputs of model providers have: `type`, `enum`, `const`, `properties`,
 * `required`, `additionalProperties`, `items`, `anyOf`, `oneOf` (as `anyOf`), `allOf`, `$ref` within the schema,
 * OpenAPI's `nullable`, and the bounds of numbers, texts and lists. Other keywords, such as `pattern`, are not checked.
 * The node may ship no library for this: n8n's rules for community nodes forbid dependencies.
 *
 * @returns such as `priority is "hi", not one of "low", "high"`; null if the value fits
 */
export function problemOf(value: unknown, schema: Schema): string | null {
	return problemAt('', value, schema, schema, 0);
}

function problemAt(path: string, value: unknown, part: unknown, root: Schema, depth: number): string | null {
	if (part === false) return `${nameOf(path)} is not allowed`;
	const schema = resolve(object(part), root);
	if (!schema || (value === null && schema.nullable === true)) return null;
	if (depth > deepest) return `${nameOf(path)} is nested too deeply`;
	return (
		valueProblem(path, value, schema) ??
		branchProblem(path, value, schema, root, depth) ??
		(Array.isArray(value) ? listProblem(path, value, schema, root, depth) : null) ??
		objectProblem(path, object(value), schema, root, depth)
	);
}

/** What is wrong with the value itself. */
function valueProblem(path: string, value: unknown, schema: Schema): string | null {
	const { type, enum: values, const: only } = schema;
	const types = (Array.isArray(type) ? type : [type]).filter((name) => typeof name === 'string');
	if (types.length > 0 && !types.some((name) => isOfType(value, name)))
		return `${nameOf(path)} is ${shown(value)}, not ${types.map((name) => typeNames[name] ?? name).join(' or ')}`;
	if (Array.isArray(values) && !values.some((allowed) => isEqual(allowed, value)))
		return `${nameOf(path)} is ${shown(value)}, not one of ${values.map(shown).join(', ')}`;
	if ('const' in schema && !isEqual(only, value)) return `${nameOf(path)} is ${shown(value)}, not ${shown(only)}`;
	return boundProblem(path, value, schema);
}

/** By keyword: what it bounds, in which direction, and how it is said. */
const bounds = [
	['minimum', 'number', (size: number, bound: number) => size < bound, 'less than'],
	['maximum', 'number', (size: number, bound: number) => size > bound, 'more than'],
	['minLength', 'string', (size: number, bound: number) => size < bound, 'shorter than'],
	['maxLength', 'string', (size: number, bound: number) => size > bound, 'longer than'],
	['minItems', 'array', (size: number, bound: number) => size < bound, 'shorter than'],
	['maxItems', 'array', (size: number, bound: number) => size > bound, 'longer than'],
] as const;

function boundProblem(path: string, value: unknown, schema: Schema): string | null {
	for (const [keyword, type, isOutside, words] of bounds) {
		const bound = schema[keyword];
		if (typeof bound !== 'number' || !isOfType(value, type)) continue;
		// The length of a text counts characters, as JSON Schema does.
		const size = typeof value === 'number' ? value : [...(value as string | unknown[])].length;
		const unit = { number: '', string: ' characters', array: ' entries' }[type];
		if (isOutside(size, bound)) return `${nameOf(path)} is ${shown(value)}, ${words} ${bound}${unit}`;
	}
	return null;
}

/** What is wrong with the value in the schemas that it must fit too. */
function branchProblem(path: string, value: unknown, schema: Schema, root: Schema, depth: number): string | null {
	for (const part of list(schema.allOf)) {
		const problem = problemAt(path, value, part, root, depth + 1);
		if (problem) return problem;
	}
	for (const branches of [list(schema.anyOf), list(schema.oneOf)].filter(({ length }) => length > 0)) {
		const problems = branches.map((branch) => problemAt(path, value, branch, root, depth + 1));
		if (problems.includes(null)) continue;
		// The branch that the value was meant for is the one whose type it has, such as the one beside null.
		const meant = branches.findIndex((branch) => {
			const { type } = resolve(object(branch), root) ?? {};
			return typeof type === 'string' && isOfType(value, type);
		});
		return problems[meant] ?? `${nameOf(path)} is ${shown(value)}, which fits none of the schema's forms`;
	}
	return null;
}

function listProblem(path: string, value: unknown[], schema: Schema, root: Schema, depth: number): string | null {
	for (const [index, entry] of value.entries()) {
		const problem = problemAt(`${path}[${index}]`, entry, schema.items, root, depth + 1);
		if (problem) return problem;
	}
	return null;
}

function objectProblem(
	path: string,
	value: IDataObject | null,
	schema: Schema,
	root: Schema,
	depth: number,
): string | null {
	if (!value) return null;
	const properties = new Map(Object.entries(object(schema.properties) ?? {}));
	const absent = list(schema.required).find((name) => typeof name === 'string' && !Object.hasOwn(value, name));
	if (absent !== undefined) return `${join(path, absent as string)} is missing`;
	for (const [name, inner] of Object.entries(value)) {
		const isKnown = properties.has(name);
		if (!isKnown && schema.additionalProperties === false) return `${join(path, name)} is not in the schema`;
		const part = isKnown ? properties.get(name) : schema.additionalProperties;
		const problem = problemAt(join(path, name), inner, part, root, depth + 1);
		if (problem) return problem;
	}
	return null;
}

function isEqual(a: unknown, b: unknown): boolean {
	if (a === b) return true;
	if (Array.isArray(a) && Array.isArray(b))
		return a.length === b.length && a.every((entry, index) => isEqual(entry, b[index]));
	const [left, right] = [object(a), object(b)];
	if (!left || !right) return false;
	const names = Object.keys(left);
	return (
		names.length === Object.keys(right).length &&
		names.every((name) => Object.hasOwn(right, name) && isEqual(left[name], right[name]))
	);
}

function nameOf(path: string): string {
	return path === '' ? 'The output' : path;
}

function join(path: string, name: string): string {
	return path === '' ? name : `${path}.${name}`;
}
