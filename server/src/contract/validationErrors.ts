import { CompletionHeaders } from './headers.ts';

/** One invalid value, as Ajv and TypeBox report it. */
export type SchemaError = { keyword: string; instancePath: string; params: Record<string, unknown>; message?: string };

/** The parts of a request, as `loc` of an error begins. */
export type RequestPart = 'body' | 'query' | 'path' | 'header';

/** One error of a 422: where the value is, what is wrong, and pydantic's name for that. */
export type ValidationDetail = { loc: (string | number)[]; msg: string; type: string };

/** pydantic v1's message and error type for a value of the wrong type. */
const typeErrors: Record<string, [msg: string, type: string]> = {
	string: ['str type expected', 'type_error.str'],
	integer: ['value is not a valid integer', 'type_error.integer'],
	number: ['value is not a valid float', 'type_error.float'],
	boolean: ['value could not be parsed to a boolean', 'type_error.bool'],
	object: ['value is not a valid dict', 'type_error.dict'],
	array: ['value is not a valid list', 'type_error.list'],
};

/** How many errors a response names at most: a body of a megabyte can have a million. */
const maxDetails = 100;

/** Keywords that only repeat another error: something below failed, or (TypeBox) a key is unknown. */
const repeating = new Set(['if', 'then', 'else', 'anyOf', 'allOf', 'boolean']);

function wrongType(params: Record<string, unknown>): [msg: string, type: string] {
	const types = [params['type']].flat().filter((type) => typeof type === 'string' && type !== 'null') as string[];
	const known = types.map((type) => typeErrors[type]).filter((error) => error !== undefined);
	if (known.length === 1) return known[0] as [string, string];
	return [known.map(([msg]) => msg).join(', or '), 'type_error'];
}

function limitIn(params: Record<string, unknown>): number {
	return params['limit'] as number;
}

/** The message and type of an error, in pydantic v1's words if it has some. */
function wording({ keyword, params, message }: SchemaError): [msg: string, type: string] {
	switch (keyword) {
		case 'type':
			return wrongType(params);
		case 'minimum':
			return [`ensure this value is greater than or equal to ${limitIn(params)}`, 'value_error.number.not_ge'];
		case 'maximum':
			return [`ensure this value is less than or equal to ${limitIn(params)}`, 'value_error.number.not_le'];
		case 'minLength':
			return [`ensure this value has at least ${limitIn(params)} characters`, 'value_error.any_str.min_length'];
		case 'maxLength':
			return [`ensure this value has at most ${limitIn(params)} characters`, 'value_error.any_str.max_length'];
		case 'maxProperties':
			return [`ensure this value has at most ${limitIn(params)} items`, 'value_error.dict.max_items'];
		case 'minItems':
			return [`ensure this value has at least ${limitIn(params)} items`, 'value_error.list.min_items'];
		case 'maxItems':
			return [`ensure this value has at most ${limitIn(params)} items`, 'value_error.list.max_items'];
		case 'pattern':
			return [`string does not match regex "${String(params['pattern'])}"`, 'value_error.str.regex'];
		case 'format':
			return ['invalid datetime format', 'value_error.datetime'];
		case 'enum': {
			const permitted = (params['allowedValues'] as (string | null)[]).filter((value) => value !== null);
			const list = permitted.map((value) => `'${value}'`).join(', ');
			return [`value is not a valid enumeration member; permitted: ${list}`, 'type_error.enum'];
		}
		case 'x-provider-name': {
			const list = (params['allowedValues'] as string[]).map((value) => `'${value}'`).join(', ');
			const variable = `PROVIDER_${String(params['value']).toUpperCase()}_BASE_URL`;
			return [
				`value is not a valid enumeration member; permitted: ${list}. ` +
					`For another host that speaks OpenAI's API, set ${variable} where the server runs`,
				'type_error.enum',
			];
		}
		case 'x-not-supported':
			return ['this server does not support the field yet', 'value_error.not_supported'];
		default:
			return [message ?? 'value is not valid', 'value_error'];
	}
}

/** The parts of a JSON pointer. A part is a number if the value there is a list. */
function pathOf(pointer: string, root: unknown): (string | number)[] {
	let value = root;
	return pointer
		.split('/')
		.slice(1)
		.map((escaped) => {
			const key = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
			const part = Array.isArray(value) ? Number(key) : key;
			value = (value as Record<string | number, unknown> | null | undefined)?.[part];
			return part;
		});
}

function detailsOf(error: SchemaError, loc: (string | number)[]): ValidationDetail[] {
	const { keyword, params } = error;
	const at = (field: unknown, msg: string, type: string) => ({ loc: [...loc, String(field)], msg, type });
	const fields = (params['fields'] ?? []) as string[];
	switch (keyword) {
		case 'required': {
			const missing = [params['missingProperty'] ?? params['requiredProperties']].flat();
			return missing.map((field) => at(field, 'field required', 'value_error.missing'));
		}
		case 'additionalProperties': {
			const extra = [params['additionalProperty'] ?? params['additionalProperties']].flat();
			return extra.map((field) => at(field, 'extra fields not permitted', 'value_error.extra'));
		}
		case 'x-at-most-one-of':
			return [at(fields[1], `specify at most one of ${fields.join(' and ')}`, 'value_error')];
		case 'x-exactly-one-of':
			return [at(fields[0], `specify one of ${fields.join(' and ')}`, 'value_error.missing')];
		default: {
			const [msg, type] = wording(error);
			return [{ loc, msg, type }];
		}
	}
}

const headerNames = new Map(Object.keys(CompletionHeaders.properties).map((name) => [name.toLowerCase(), name]));

/** The path with the header's name as it is documented. Node.js gives all header names in lower case. */
function withHeaderName(loc: (string | number)[]): (string | number)[] {
	return loc.map((part) => headerNames.get(String(part)) ?? part);
}

/**
 * The first errors of a value in the form of FastAPI's 422. `part` is where the value comes from; `loc` begins with it. Each
 * field has at most one error, its first.
 */
export function validationDetails(errors: SchemaError[], part: string, value: unknown): ValidationDetail[] {
	if (value === undefined || (part === 'body' && value === null)) {
		return [{ loc: [part], msg: 'field required', type: 'value_error.missing' }];
	}
	const byField = new Map<string, ValidationDetail>();
	for (const error of errors) {
		if (repeating.has(error.keyword)) continue;
		for (const detail of detailsOf(error, [part, ...pathOf(error.instancePath, value)])) {
			if (byField.size >= maxDetails) break;
			const key = JSON.stringify(detail.loc);
			if (!byField.has(key)) byField.set(key, detail);
		}
		if (byField.size >= maxDetails) break;
	}
	const first = [...byField.values()];
	return part === 'header' ? first.map((detail) => ({ ...detail, loc: withHeaderName(detail.loc) })) : first;
}
