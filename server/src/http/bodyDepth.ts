import type { FastifyRequest } from 'fastify';
import { unprocessable } from '../domain/apiError.ts';

/** Far more levels than any real body has, and far fewer than what overflows the stack when JSON is written. */
const maxDepth = 200;

/** A list or an object inside a body, and the field of the body that contains it. */
type Part = { value: object; field: string };

function isObject(value: unknown): value is object {
	return typeof value === 'object' && value !== null;
}

/** The parts directly inside a body. In a list of bodies, the field begins with the body's index. */
function fieldsOf(body: object): Part[] {
	const parts = Object.entries(body).filter((entry): entry is [string, object] => isObject(entry[1]));
	if (!Array.isArray(body)) return parts.map(([field, value]) => ({ field, value }));
	return parts.flatMap(([index, value]) =>
		Array.isArray(value)
			? [{ field: index, value }]
			: fieldsOf(value).map((part) => ({ ...part, field: `${index}.${part.field}` })),
	);
}

/** The first field that is nested too deep, if there is one. */
function deepField(body: object): string | undefined {
	// The body is level 1. In a list of bodies, the bodies are level 2.
	let level = fieldsOf(body);
	for (let depth = Array.isArray(body) ? 3 : 2; level.length > 0; depth += 1) {
		if (depth > maxDepth) return level[0]?.field;
		level = level.flatMap(({ value, field }) =>
			Object.values(value)
				.filter(isObject)
				.map((inner) => ({ value: inner, field })),
		);
	}
	return undefined;
}

/** A hook that rejects bodies with too many levels of objects and lists. Throws 422. */
export async function limitBodyDepth({ body }: FastifyRequest): Promise<void> {
	const field = isObject(body) ? deepField(body) : undefined;
	if (field !== undefined)
		throw unprocessable(`The body is nested more than ${maxDepth} levels deep in ${JSON.stringify(field)}.`);
}
