import { boundProblem, type Problem } from './bounds';
import { isEqual, isOfType, list, object, resolve, shown, typeNames, type Schema } from './schema';

/** Deeper values do not fit: a schema can refer to itself without end. */
const deepest = 100;

/** So many parts of a schema are held against parts of a value, in a second or two. Then the check gives up. */
const mostSteps = 200_000;

/** A value within the whole, and what is known about it. */
interface Place {
	path: () => string;
	value: unknown;
	/** By part of the schema. What is still being checked counts as fitting, or a reference to itself would not end. */
	problems: Map<Schema, Problem | null>;
	/** By name or index: the values in it. */
	inner: Map<string | number, Place>;
}

/**
 * The first problem of a value that does not fit a schema.
 *
 * It checks the keywords that the structured outputs of model providers have: `type`, `enum`, `const`, `properties`,
 * `required`, `additionalProperties`, `items`, `anyOf`, `oneOf` (as `anyOf`), `allOf`, `$ref` within the schema,
 * OpenAPI's `nullable`, and the bounds of numbers, texts and lists. Other keywords, such as `pattern`, are not checked.
 * The node may ship no library for this: n8n's rules for community nodes forbid dependencies.
 *
 * @returns such as `priority is "hi", not one of "low", "high"`; null if the value fits; tooComplex if the check takes too
 *   long
 */
export function problemOf(value: unknown, schema: Schema): string | null {
	const check = new Check(schema);
	const place = placeOf(() => '', value);
	const problem = check.problemAt(place, schema);
	if (check.hasGivenUp) return tooComplex;
	return problem && problem();
}

/** What problemOf returns for a value and a schema that have too many parts to check. */
export const tooComplex = 'the schema has too many alternatives for a value of this size';

/** One value against one schema. Each part of the value meets each part of the schema once at most. */
class Check {
	#steps = 0;
	#depth = 0;
	readonly #resolved = new Map<Schema, Schema | null>();

	constructor(private readonly root: Schema) {}

	get hasGivenUp(): boolean {
		return this.#steps > mostSteps;
	}

	problemAt(place: Place, part: unknown): Problem | null {
		if (part === false) return () => `${nameOf(place)} is not allowed`;
		const schema = this.#resolve(part);
		if (!schema || (place.value === null && schema.nullable === true)) return null;
		const known = place.problems.get(schema);
		if (known !== undefined) return known;
		if (++this.#steps > mostSteps) return null;
		if (this.#depth > deepest) return () => `${nameOf(place)} is nested too deeply`;
		place.problems.set(schema, null);
		this.#depth++;
		const problem =
			valueProblem(place, schema) ??
			this.#branchProblem(place, schema) ??
			this.#listProblem(place, schema) ??
			this.#objectProblem(place, schema);
		this.#depth--;
		place.problems.set(schema, problem);
		return problem;
	}

	/** What is wrong with the value in the schemas that it must fit too. */
	#branchProblem(place: Place, schema: Schema): Problem | null {
		for (const part of list(schema.allOf)) {
			const problem = this.problemAt(place, part);
			if (problem) return problem;
		}
		for (const branches of [list(schema.anyOf), list(schema.oneOf)].filter(({ length }) => length > 0)) {
			const problem = this.#problemInAll(place, branches);
			if (problem) return problem;
		}
		return null;
	}

	/** @returns null if one of the branches fits; otherwise the problem in the one that the value was meant for */
	#problemInAll(place: Place, branches: unknown[]): Problem | null {
		if (this.hasGivenUp) return null;
		const meant: unknown[] = [];
		const others: unknown[] = [];
		for (const branch of branches) (this.#isMeant(place.value, branch) ? meant : others).push(branch);
		let first: Problem | null = null;
		// Those that were meant come first, because they are likely to fit.
		for (const branch of [...meant, ...others]) {
			const problem = this.problemAt(place, branch);
			if (!problem) return null;
			first ??= problem;
		}
		if (meant.length > 0) return first;
		return () => `${nameOf(place)} is ${shown(place.value)}, which fits none of the schema's forms`;
	}

	/** Whether a value has the type of a branch, such as the one beside null, and the constants that tell it from others. */
	#isMeant(value: unknown, branch: unknown): boolean {
		if (++this.#steps > mostSteps) return false;
		const schema = this.#resolve(branch);
		if (!schema || typeof schema.type !== 'string' || !isOfType(value, schema.type)) return false;
		const fields = object(value);
		return Object.entries((fields && object(schema.properties)) ?? {}).every(
			([name, part]) => !Object.hasOwn(fields!, name) || !unmetConstants(fields![name], this.#resolve(part) ?? {}),
		);
	}

	#listProblem(place: Place, schema: Schema): Problem | null {
		const { value } = place;
		if (!Array.isArray(value) || schema.items === undefined) return null;
		for (const [index, entry] of value.entries()) {
			const inner = placeIn(place, index, entry, () => `${place.path()}[${index}]`);
			const problem = this.problemAt(inner, schema.items);
			if (problem) return problem;
		}
		return null;
	}

	#objectProblem(place: Place, schema: Schema): Problem | null {
		const value = object(place.value);
		if (!value) return null;
		const properties = object(schema.properties) ?? {};
		const absent = list(schema.required).find((name) => typeof name === 'string' && !Object.hasOwn(value, name));
		if (absent !== undefined) return () => `${join(place, absent as string)} is missing`;
		for (const [name, entry] of Object.entries(value)) {
			const isKnown = Object.hasOwn(properties, name);
			if (!isKnown && schema.additionalProperties === false) return () => `${join(place, name)} is not in the schema`;
			const inner = placeIn(place, name, entry, () => join(place, name));
			const problem = this.problemAt(inner, isKnown ? properties[name] : schema.additionalProperties);
			if (problem) return problem;
		}
		return null;
	}

	#resolve(part: unknown): Schema | null {
		const schema = object(part);
		if (!schema || typeof schema.$ref !== 'string') return schema;
		if (!this.#resolved.has(schema)) this.#resolved.set(schema, resolve(schema, this.root));
		return this.#resolved.get(schema)!;
	}
}

function placeOf(path: () => string, value: unknown): Place {
	return { path, value, problems: new Map(), inner: new Map() };
}

function placeIn(place: Place, name: string | number, value: unknown, path: () => string): Place {
	const inner = place.inner.get(name) ?? placeOf(path, value);
	place.inner.set(name, inner);
	return inner;
}

/** What is wrong with the value itself. */
function valueProblem(place: Place, schema: Schema): Problem | null {
	const { value } = place;
	const { type } = schema;
	const isNot = (expected: () => string) => () => `${nameOf(place)} is ${shown(value)}, not ${expected()}`;
	const types = (Array.isArray(type) ? type : [type]).filter((name) => typeof name === 'string');
	if (types.length > 0 && !types.some((name) => isOfType(value, name)))
		return isNot(() => types.map((name) => typeNames[name] ?? name).join(' or '));
	const constants = unmetConstants(value, schema);
	if (constants) return isNot(constants);
	const problem = boundProblem(value, schema);
	return problem && (() => `${nameOf(place)} is ${shown(value)}, ${problem()}`);
}

/** @returns the constants that a value must be one of and is not, in words; null if it is, or there are none */
function unmetConstants(value: unknown, schema: Schema): Problem | null {
	const { enum: values, const: only } = schema;
	if (Array.isArray(values) && !values.some((allowed) => isEqual(allowed, value)))
		return () => `one of ${values.map(shown).join(', ')}`;
	return 'const' in schema && !isEqual(only, value) ? () => shown(only) : null;
}

function nameOf({ path }: Place): string {
	return path() || 'The output';
}

function join({ path }: Place, name: string): string {
	const outer = path();
	return outer === '' ? name : `${outer}.${name}`;
}
