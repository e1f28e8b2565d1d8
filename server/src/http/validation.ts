import buildAjvCompiler from '@fastify/ajv-compiler';
import type { FastifyInstance } from 'fastify';
import { isTime } from '../domain/time.ts';
import { compileOnce } from './compileOnce.ts';

type Values = Record<string, unknown>;
type Field = { type?: unknown };
type Failure = { keyword: string; message: string; params: Values };
type Check = { (schema: unknown, data: unknown): boolean; errors?: Failure[] };
/** The part of Ajv that adds keywords. */
type KeywordHost = { addKeyword(definition: object): unknown };
type FormatHost = { addFormat(name: string, isValid: (text: string) => boolean): unknown };

function isPresent(data: Values, field: string): boolean {
	return Object.hasOwn(data, field) && data[field] !== null;
}

function isObject(data: unknown): data is Values {
	return typeof data === 'object' && data !== null && !Array.isArray(data);
}

const checkAtMostOne: Check = (groups, data) => {
	if (!isObject(data)) return true;
	checkAtMostOne.errors = (groups as string[][])
		.filter((fields) => fields.filter((field) => isPresent(data, field)).length > 1)
		.map((fields) => ({ keyword: 'x-at-most-one-of', message: 'more than one given', params: { fields } }));
	return checkAtMostOne.errors.length === 0;
};

const checkExactlyOne: Check = (groups, data) => {
	if (!isObject(data)) return true;
	checkExactlyOne.errors = (groups as string[][]).flatMap((fields) => {
		const count = fields.filter((field) => isPresent(data, field)).length;
		if (count === 1) return [];
		const keyword = count === 0 ? 'x-exactly-one-of' : 'x-at-most-one-of';
		return [{ keyword, message: 'not exactly one given', params: { fields } }];
	});
	return checkExactlyOne.errors.length === 0;
};

const checkAtLeastOne: Check = (groups, data) => {
	if (!isObject(data)) return true;
	checkAtLeastOne.errors = (groups as string[][])
		.filter((fields) => !fields.some((field) => isPresent(data, field)))
		.map((fields) => ({ keyword: 'x-exactly-one-of', message: 'none given', params: { fields } }));
	return checkAtLeastOne.errors.length === 0;
};

const checkNotSupported: Check = (_schema, data) => {
	if (data === null || data === '') return true;
	checkNotSupported.errors = [{ keyword: 'x-not-supported', message: 'not supported', params: {} }];
	return false;
};

/** Accepts the providers of the contract and those that the operator has added. */
function providerCheck(known: readonly string[]): Check {
	const check: Check = (_schema, data) => {
		if (data === null || known.includes(data as string)) return true;
		check.errors = [
			{ keyword: 'x-provider-name', message: 'not a known provider', params: { allowedValues: known, value: data } },
		];
		return false;
	};
	return check;
}

/**
 * The contract's rules that JSON Schema has no readable keyword for. Ajv reports them together with every other error
 * of a body, and the OpenAPI document shows them beside the fields.
 */
function addContractKeywords(ajv: KeywordHost, providers: readonly string[]): void {
	const isProvider = providerCheck(providers);
	ajv.addKeyword({ keyword: 'x-provider-name', type: 'string', schemaType: 'boolean', validate: isProvider });
	ajv.addKeyword({ keyword: 'x-at-most-one-of', schemaType: 'array', validate: checkAtMostOne });
	ajv.addKeyword({ keyword: 'x-at-least-one-of', schemaType: 'array', validate: checkAtLeastOne });
	ajv.addKeyword({ keyword: 'x-exactly-one-of', schemaType: 'array', validate: checkExactlyOne });
	ajv.addKeyword({ keyword: 'x-not-supported', schemaType: 'boolean', validate: checkNotSupported });
}

/** Times without an offset are allowed, as Python's `isoformat()` writes them. They are in UTC. */
function addTimeFormat(ajv: FormatHost): void {
	ajv.addFormat('date-time', isTime);
}

/** Ajv's options: check and report everything, change nothing. */
const ajvOptions = {
	coerceTypes: false as const,
	removeAdditional: false as const,
	useDefaults: false,
	allErrors: true,
	allowUnionTypes: true,
};

/** The value that a text stands for. Text of another form stays as it is, and the schema rejects it. */
function convert(text: unknown, type: unknown): unknown {
	if (type === 'integer' && typeof text === 'string' && /^-?\d{1,15}$/.test(text)) return Number(text);
	if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
	return text;
}

/** Node.js gives header names in lower case. */
function withLowerCaseNames(schema: { properties?: Record<string, Field> }) {
	const properties = Object.entries(schema.properties ?? {}).map(
		([name, field]) => [name.toLowerCase(), field] as const,
	);
	return { ...schema, properties: Object.fromEntries(properties) };
}

/** Makes the functions that check values: the result of one is true, or has Ajv's errors. */
function newValidators(providers: readonly string[]) {
	// It keeps a compiler by its options, among which it does not count the plugins.
	const ajv = buildAjvCompiler();
	const plugins = [((host: KeywordHost) => addContractKeywords(host, providers)) as never];
	return compileOnce((schema) => {
		const validate = ajv({}, { customOptions: ajvOptions, plugins, onCreate: addTimeFormat })({ schema });
		// Not `{ value }`: Fastify would then copy all headers whenever one is read.
		return (value: unknown) => validate(value) === true || { error: validate.errors as never };
	});
}

/** By the names of the providers that they accept: servers in one process with the same ones share what is compiled. */
const validators = new Map<string, ReturnType<typeof newValidators>>();

function validatorsFor(providers: readonly string[]) {
	const names = providers.join();
	const known = validators.get(names) ?? newValidators(providers);
	validators.set(names, known);
	return known;
}

/**
 * Makes the app validate requests with Ajv. In a query string and in headers, everything is text: their integers and
 * booleans are converted first. Bodies have types of their own and are never converted. `providers` are the names that a
 * config can have as `provider`.
 */
export function addValidation(app: FastifyInstance, providers: readonly string[]): void {
	const validatorOf = validatorsFor(providers);
	app.setValidatorCompiler<{ properties?: Record<string, Field> }>(({ schema: given, httpPart }) => {
		if (httpPart !== 'querystring' && httpPart !== 'headers') return validatorOf(given);
		const schema = httpPart === 'headers' ? withLowerCaseNames(given) : given;
		const fields = Object.entries(schema.properties ?? {});
		const validate = validatorOf(schema);
		return (values: Values) => {
			for (const [name, { type }] of fields) {
				if (Object.hasOwn(values, name)) values[name] = convert(values[name], type);
			}
			return validate(values);
		};
	});
}
