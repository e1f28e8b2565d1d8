import type { Harness } from './harness.ts';

export interface Schema {
	properties?: Record<string, Schema>;
	anyOf?: Schema[];
	enum?: unknown[];
}

export interface Operation {
	parameters?: Array<{ name: string; in: string }>;
	requestBody?: { content: { 'application/json': { schema: Schema } } };
}

interface Document {
	paths: Record<string, Record<'get' | 'patch' | 'post', Operation>>;
	components: { schemas: Record<string, unknown> };
}

/** The value with each reference replaced by its schema. */
function withSchemas(value: unknown, schemas: Record<string, unknown>): unknown {
	if (Array.isArray(value)) return value.map((entry) => withSchemas(entry, schemas));
	if (typeof value !== 'object' || value === null) return value;
	const { $ref, ...others } = value as { $ref?: string };
	if ($ref !== undefined) return withSchemas(schemas[$ref.split('/').at(-1)!], schemas);
	return Object.fromEntries(Object.entries(others).map(([key, inner]) => [key, withSchemas(inner, schemas)]));
}

/** The operations of the server by their paths below /v4, without references. */
export async function readOpenApi(harness: Harness): Promise<Document['paths']> {
	const baseURL = new URL(harness.server.baseUrl).origin;
	const { paths, components } = (await harness.api.get<Document>('/openapi.json', { baseURL })).data;
	return withSchemas(paths, components.schemas) as Document['paths'];
}
