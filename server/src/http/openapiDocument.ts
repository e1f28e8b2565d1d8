type Node = Record<string, unknown>;

/** What a schema with a title is, but for the description of the place where it is used. */
type Named = { body: Node; descriptions: Set<unknown> };

/** Keys whose values are data, not schemas. */
const opaque = new Set(['default', 'enum', 'example', 'examples']);

function isNode(value: unknown): value is Node {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapped(value: unknown, change: (node: Node) => Node): unknown {
	if (Array.isArray(value)) return value.map((entry) => mapped(entry, change));
	if (!isNode(value)) return value;
	const entries = Object.entries(value);
	return change(
		Object.fromEntries(entries.map(([key, inner]) => [key, opaque.has(key) ? inner : mapped(inner, change)])),
	);
}

/** One of two schemas, in the words that client generators know. They do not learn what decides between them. */
function withoutConditions({ if: condition, then: first, else: second, ...node }: Node): Node {
	return condition === undefined ? node : { ...node, anyOf: [second, first] };
}

/** The schema without what belongs to the place where it is used, and whether it can be null there. */
function split({ description, example, examples, ...body }: Node) {
	const { type } = body;
	const isNullable = Array.isArray(type) && type.includes('null');
	if (isNullable) body['type'] = type.find((name) => name !== 'null');
	const use = Object.fromEntries(
		Object.entries({ description, example, examples }).filter(([, value]) => value !== undefined),
	);
	return { body, isNullable, use };
}

function titleOf({ title, type }: Node): string | undefined {
	return typeof title === 'string' && type !== undefined ? title : undefined;
}

/** Collects each schema that has a title. Throws if two different ones have the same. */
function collect(paths: unknown): Map<string, Named> {
	const found = new Map<string, Named>();
	mapped(paths, (node) => {
		const title = titleOf(node);
		if (title === undefined) return node;
		const { body, use } = split(node);
		const named = found.get(title) ?? { body, descriptions: new Set() };
		if (JSON.stringify(named.body) !== JSON.stringify(body)) throw new Error(`Two schemas have the title ${title}.`);
		named.descriptions.add(use['description']);
		found.set(title, named);
		return node;
	});
	return found;
}

/** Replaces each schema that has a title by a reference to it. */
function withReferences(value: unknown, named: Map<string, Named>): unknown {
	return mapped(value, (node) => {
		const title = titleOf(node);
		if (title === undefined || !named.has(title)) return node;
		const { isNullable, use } = split(node);
		const reference = { $ref: `#/components/schemas/${title}` };
		const { description, ...examples } = use;
		const own = named.get(title)?.descriptions.size === 1 ? examples : { ...examples, description };
		return isNullable ? { ...own, anyOf: [reference, { type: 'null' }] } : { ...reference, ...own };
	});
}

function schemasOf(named: Map<string, Named>): Node {
	return Object.fromEntries(
		[...named].map(([title, { body, descriptions }]) => {
			const [description] = descriptions.size === 1 ? descriptions : [undefined];
			const inside = withReferences(Object.values(body), named) as unknown[];
			const keys = Object.keys(body);
			const schema = Object.fromEntries(keys.map((key, index) => [key, inside[index]]));
			return [title, description === undefined ? schema : { ...schema, description }];
		}),
	);
}

/** A response that can also be a stream says so. An operation has streams if its body has the field `stream`. */
function withStreams(operation: Node): Node {
	const body = (operation['requestBody'] as { content?: Record<string, { schema?: Node }> } | undefined)?.content;
	const fields = body?.['application/json']?.schema?.['properties'] as Node | undefined;
	const { 200: ok, ...others } = (operation['responses'] ?? {}) as Record<string, { content?: Node }>;
	const json = ok?.content?.['application/json'] as Node | undefined;
	if (fields?.['stream'] === undefined || json === undefined) return operation;
	const content = { ...ok?.content, 'text/event-stream': json };
	return { ...operation, responses: { 200: { ...ok, content }, ...others } };
}

/**
 * The document as client generators like it: each schema with a title is named once and referred to, streams are content of
 * their own, and there are no conditions in schemas. Only the document changes: validation and responses stay as they are.
 */
export function readable<T extends { paths?: object; components?: object }>(document: T): T {
	const operations = mapped(document.paths, (node) => ('responses' in node ? withStreams(node) : node));
	const paths = mapped(operations, withoutConditions);
	const named = collect(paths);
	const schemas = { ...(document.components as { schemas?: Node }).schemas, ...schemasOf(named) };
	return { ...document, paths: withReferences(paths, named), components: { ...document.components, schemas } };
}
