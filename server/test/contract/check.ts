import buildAjvCompiler from '@fastify/ajv-compiler';
import { createParser } from 'eventsource-parser';
import { error, operations, operationOf } from './operations.ts';
import type { Schema } from './notation.ts';

/** A response as it went over the wire. `type` is its Content-Type. */
export type Exchange = { method: string; path: string; status: number; type: string; body: string };

type Validate = { (data: unknown): boolean; errors?: { instancePath?: string; message?: string; params?: unknown }[] };

const compile = buildAjvCompiler()({}, { customOptions: { coerceTypes: false, removeAdditional: false } });
const compiled = new Map<Schema, Validate>();

function validatorOf(schema: Schema): Validate {
	const known = compiled.get(schema);
	if (known !== undefined) return known;
	const made = compile({ schema, method: '', url: '', httpPart: 'body' }) as unknown as Validate;
	compiled.set(schema, made);
	return made;
}

function mismatches(schema: Schema, data: unknown): string[] {
	const validate = validatorOf(schema);
	if (validate(data)) return [];
	return (validate.errors ?? []).map(
		({ instancePath, message, params }) => `${instancePath ?? ''} ${message ?? ''} ${JSON.stringify(params)}`,
	);
}

/** The data of each event of a stream. A last event without an empty line after it is lost, as for any client. */
function eventsOf(body: string): unknown[] {
	const events: unknown[] = [];
	const parser = createParser({ onEvent: ({ data }) => events.push(JSON.parse(data)) });
	parser.feed(body);
	return events;
}

function problemsOfStream(event: Schema | undefined, body: string): string[] {
	if (event === undefined) return ['is a stream, but must not be one'];
	const events = eventsOf(body);
	if (events.length === 0) return ['is a stream without events'];
	return events.flatMap((data) => {
		const isError = typeof data === 'object' && data !== null && 'detail' in data;
		return mismatches(isError ? error : event, data);
	});
}

/** Says in which ways a response does not fit the contract. Empty if it fits, or if v4 has no such operation. */
export function problemsOf({ method, path, status, type, body }: Exchange): string[] {
	const name = operationOf(method, path);
	const named = (problem: string) => `${method} ${path} ${status}: ${problem}`;
	if (status >= 400) return mismatches(error, JSON.parse(body)).map(named);
	if (name === undefined) return [];
	const expected = operations[name]!;
	if (status !== expected.status) return [named(`is not ${expected.status}`)];
	if (type.startsWith('text/event-stream')) return problemsOfStream(expected.event, body).map(named);
	if (expected.body === undefined) return body === '' ? [] : [named('has a body')];
	return mismatches(expected.body, type.startsWith('text/prompt') ? body : JSON.parse(body)).map(named);
}
