import type { FastifyRequest } from 'fastify';
import { refused } from '../domain/apiError.ts';

/** Far more than any real body has, and far less than what overflows the stack where JSON is written. */
const deepest = 200;

/** A list or an object within a body, and the field that it is in. */
type Part = { value: object; field: string };

function isObject(value: unknown): value is object {
	return typeof value === 'object' && value !== null;
}

/** What is directly in a body, by its field; in a list of bodies, by place and field. */
function fieldsOf(body: object): Part[] {
	const parts = Object.entries(body).filter((entry): entry is [string, object] => isObject(entry[1]));
	if (!Array.isArray(body)) return parts.map(([field, value]) => ({ field, value }));
	return parts.flatMap(([place, value]) =>
		Array.isArray(value)
			? [{ field: place, value }]
			: fieldsOf(value).map((part) => ({ ...part, field: `${place}.${part.field}` })),
	);
}

/** The field that is nested too deep, if there is one. */
function deepField(body: object): string | undefined {
	// Level 1 is the body itself; of a list of bodies, its objects are level 2.
	let level = fieldsOf(body);
	for (let depth = Array.isArray(body) ? 3 : 2; level.length > 0; depth += 1) {
		if (depth > deepest) return level[0]?.field;
		level = level.flatMap(({ value, field }) =>
			Object.values(value)
				.filter(isObject)
				.map((inner) => ({ value: inner, field })),
		);
	}
	return undefined;
}

/** A hook that refuses bodies whose objects and lists are nested too deep; throws 422. */
export async function refuseDeepBodies({ body }: FastifyRequest): Promise<void> {
	const field = isObject(body) ? deepField(body) : undefined;
	if (field !== undefined)
		throw refused(`The body is nested more than ${deepest} levels deep in ${JSON.stringify(field)}.`);
}
