/** The part of Ajv that keywords are added with; Fastify hands in its own instance. */
type KeywordHost = { addKeyword(definition: object): unknown };

type Failure = { keyword: string; message: string; params: Record<string, unknown> };
type Check = { (schema: unknown, data: unknown): boolean; errors?: Failure[] };

function given(data: Record<string, unknown>, field: string): boolean {
	return Object.hasOwn(data, field) && data[field] !== null;
}

function isObject(data: unknown): data is Record<string, unknown> {
	return typeof data === 'object' && data !== null && !Array.isArray(data);
}

const checkAtMostOne: Check = (groups, data) => {
	if (!isObject(data)) return true;
	checkAtMostOne.errors = (groups as string[][])
		.filter((fields) => fields.filter((field) => given(data, field)).length > 1)
		.map((fields) => ({ keyword: 'x-at-most-one-of', message: 'more than one given', params: { fields } }));
	return checkAtMostOne.errors.length === 0;
};

const checkExactlyOne: Check = (groups, data) => {
	if (!isObject(data)) return true;
	checkExactlyOne.errors = (groups as string[][]).flatMap((fields) => {
		const count = fields.filter((field) => given(data, field)).length;
		if (count === 1) return [];
		const keyword = count === 0 ? 'x-exactly-one-of' : 'x-at-most-one-of';
		return [{ keyword, message: 'not exactly one given', params: { fields } }];
	});
	return checkExactlyOne.errors.length === 0;
};

const checkNotSupported: Check = (_schema, data) => {
	if (data === null) return true;
	checkNotSupported.errors = [{ keyword: 'x-not-supported', message: 'not supported', params: {} }];
	return false;
};

/**
 * Adds the contract's rules that JSON Schema has no readable word for. As keywords they are reported together with
 * every other error of a body, and readers of the OpenAPI document see them beside the fields.
 */
export function addContractKeywords(ajv: KeywordHost): KeywordHost {
	ajv.addKeyword({ keyword: 'x-at-most-one-of', schemaType: 'array', validate: checkAtMostOne });
	ajv.addKeyword({ keyword: 'x-exactly-one-of', schemaType: 'array', validate: checkExactlyOne });
	ajv.addKeyword({ keyword: 'x-not-supported', schemaType: 'boolean', validate: checkNotSupported });
	return ajv;
}
