import { createHash } from 'node:crypto';
import type { ToolCall } from '../../contract/messages.ts';
import { maxReplyLength } from '../../contract/mock.ts';
import type { FunctionTool, Sampling } from '../../domain/provider.ts';
import type { MockCall } from './replies.ts';

type Schema = Record<string, unknown>;

function isSchema(value: unknown): value is Schema {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function numberOr(value: unknown, otherwise: number): number {
	return typeof value === 'number' ? value : otherwise;
}

/** The first of some alternatives that is a schema. */
function firstOf(schema: Schema): Schema | undefined {
	return [schema['anyOf'], schema['oneOf'], schema['allOf']].flat().find(isSchema);
}

function typeOf({ type, properties, items }: Schema): unknown {
	if (Array.isArray(type)) return type.find((one) => one !== 'null') ?? 'null';
	if (type !== undefined) return type;
	if (properties !== undefined) return 'object';
	return items === undefined ? 'string' : 'array';
}

/** Makes values that fit a JSON Schema, as far as its types, required fields, enums and smallest sizes go. */
class Example {
	readonly #word: () => string;
	/** The lengths of values that schemas have. A list can have the same one many times. */
	readonly #lengths = new Map<unknown, number>();
	/** Characters that may still be used: schemas can ask for lists in lists without end. */
	#left = maxReplyLength;

	constructor(word: () => string) {
		this.#word = word;
	}

	value(schema: unknown): unknown {
		if (!isSchema(schema)) return this.#text({});
		this.#left -= 8;
		if (schema['const'] !== undefined) return this.#fixed(schema['const']);
		if (Array.isArray(schema['enum']) && schema['enum'].length > 0) return this.#fixed(schema['enum'][0]);
		const first = firstOf(schema);
		if (first !== undefined) return this.value(first);
		switch (typeOf(schema)) {
			case 'object':
				return this.object(schema);
			case 'array':
				return this.#list(schema);
			case 'integer':
				return Math.ceil(this.#number(schema));
			case 'number':
				return this.#number(schema);
			case 'boolean':
				return true;
			case 'null':
				return null;
			default:
				return this.#text(schema);
		}
	}

	/** An object with the required fields only. */
	object({ required, properties }: Schema): Schema {
		const names = Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [];
		const object: [string, unknown][] = [];
		for (const name of names) {
			this.#left -= name.length + 4;
			if (this.#left <= 0) break;
			const known = isSchema(properties) && Object.hasOwn(properties, name);
			object.push([name, this.value(known ? properties[name] : {})]);
		}
		return Object.fromEntries(object);
	}

	/** A value that the schema itself has; null if it is too long. */
	#fixed(value: unknown): unknown {
		const length = this.#lengths.get(value) ?? JSON.stringify(value).length;
		this.#lengths.set(value, length);
		if (length > this.#left) return null;
		this.#left -= length;
		return value;
	}

	#list({ items, minItems }: Schema): unknown[] {
		const list: unknown[] = [];
		const length = Math.max(1, numberOr(minItems, 1));
		while (list.length < length && this.#left > 0) list.push(this.value(items));
		return list;
	}

	#number({ minimum, maximum, exclusiveMinimum }: Schema): number {
		const least = numberOr(minimum, numberOr(exclusiveMinimum, 0) + 1);
		return Math.min(least, numberOr(maximum, least));
	}

	#text({ minLength, maxLength }: Schema): string {
		const least = Math.min(numberOr(minLength, 0), Math.max(0, this.#left));
		const text = this.#word().padEnd(least, '.').slice(0, numberOr(maxLength, maxReplyLength));
		this.#left -= text.length;
		return text;
	}
}

function madeUpCall({ function: tool }: FunctionTool, word: () => string): MockCall {
	return { name: tool.name, arguments: JSON.stringify(new Example(word).object(tool.parameters ?? {})) };
}

/**
 * The call that `tool_choice` demands, with made-up arguments: of the tool that it names, or of the first one. undefined
 * if it demands none. `word` gives the texts.
 */
export function demandedCall({ tools, toolChoice: choice }: Sampling, word: () => string): MockCall | undefined {
	if (choice === undefined || choice === 'auto' || choice === 'none') return undefined;
	const tool = choice === 'required' ? tools[0] : tools.find((one) => one.function.name === choice.function.name);
	return tool === undefined ? undefined : madeUpCall(tool, word);
}

/** The calls with IDs, which are the same for the same `source`. */
export function withIds(calls: readonly MockCall[], source: readonly unknown[]): ToolCall[] {
	return calls.map((called, position) => {
		const digest = createHash('sha256')
			.update(JSON.stringify([...source, position]))
			.digest('hex');
		return { id: `call_${digest.slice(0, 24)}`, type: 'function', function: called };
	});
}
