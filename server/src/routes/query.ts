import type { FastifyRequest } from 'fastify';
import type { TObject } from 'typebox';

/** What the text stands for; text that does not look like it stays as it is, for the schema to refuse. */
function read(text: unknown, type: unknown): unknown {
	if (type === 'integer' && typeof text === 'string' && /^-?\d{1,15}$/.test(text)) return Number(text);
	if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
	return text;
}

function reader(schema: TObject, nameOf = (name: string) => name) {
	const types = Object.entries(schema.properties).map(
		([name, field]) => [nameOf(name), (field as { type?: unknown }).type] as const,
	);
	return (values: Record<string, unknown>) => {
		for (const [name, type] of types) if (Object.hasOwn(values, name)) values[name] = read(values[name], type);
	};
}

/**
 * A hook that reads the numbers and booleans of a query string, which are text on the wire, before the schema checks
 * them. Bodies have types of their own and are never converted.
 */
export function readQuery(schema: TObject) {
	const convert = reader(schema);
	return async (request: FastifyRequest): Promise<void> => convert(request.query as Record<string, unknown>);
}

/** The same for headers. */
export function readHeaders(schema: TObject) {
	const convert = reader(schema, (name) => name.toLowerCase());
	return async (request: FastifyRequest): Promise<void> => convert(request.headers);
}
