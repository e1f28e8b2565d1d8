import type { IDataObject } from 'n8n-workflow';

import { withLongIntegers } from '../../values/longIntegers';
import type { Sample } from '../response';
import { propertiesOf, shown, type Schema } from './schema';
import { problemOf, tooComplex } from './validate';

/** What is wrong with a model's text, and what the user can do. */
export interface JsonProblem {
	message: string;
	description: string;
	/** Whether the model can be asked to correct the text. Not if it ran out of tokens, or the schema cannot be checked. */
	isRepairable: boolean;
}

/** A sample whose text is not what the format asks for. */
export interface BadSample {
	sample: Sample;
	text: string;
	schema: Schema | null;
	problem: JsonProblem;
}

/** The model's fields, or what is wrong with its text. */
export type JsonRead = { fields: IDataObject } | { problem: JsonProblem };

const adviceOnForm =
	"Ask for a JSON object in the prompt, set 'Response Format' in the model config, or turn on the option 'Repair Invalid JSON'.";

/**
 * Reads a model's text as a JSON object. White space and one Markdown code block around it are removed, and nothing else.
 *
 * @param finishReason of the API
 * @param schema that the object must fit; null if there is none
 * @returns the fields, see columnsOf
 */
export function readJson(text: string, finishReason: unknown, schema: Schema | null): JsonRead {
	const json = withoutCodeBlock(text.trim());
	const isCutOff = finishReason === 'length';
	const isRepairable = !isCutOff;
	if (json.trim() === '' && !isCutOff)
		return { problem: { message: 'The output is empty, not JSON', description: adviceOnForm, isRepairable } };

	let value: unknown;
	try {
		value = JSON.parse(json);
	} catch (error) {
		const { message } = error as Error;
		if (!isCutOff)
			return {
				problem: { message: `The output is not valid JSON: ${message}`, description: adviceOnForm, isRepairable },
			};
		return {
			problem: {
				message: `The output was cut off at the maximum number of tokens (finish_reason: length), so its JSON is not complete: ${message}`,
				description: "Raise 'Max Tokens' in the model config, or ask for a shorter answer.",
				isRepairable,
			},
		};
	}
	if (typeof value !== 'object' || value === null || Array.isArray(value)) {
		const message = `The output is ${shown(value)}, not an object`;
		return { problem: { message, description: adviceOnForm, isRepairable } };
	}
	const misfit = schema && problemOf(value, schema);
	if (misfit === tooComplex)
		return {
			problem: {
				message: `The output cannot be checked: ${tooComplex}`,
				description: "Use fewer 'anyOf' and '$ref' in the JSON schema, or ask for a shorter answer.",
				isRepairable: false,
			},
		};
	if (!misfit) return { fields: columnsOf(withLongIntegers(value as IDataObject, json), schema) };
	return {
		problem: {
			message: `The output does not fit the JSON schema: ${misfit}`,
			description:
				"Describe the fields in the prompt, correct the schema in the model config, or turn on the option 'Repair Invalid JSON'.",
			isRepairable,
		},
	};
}

/** One code block of Markdown around the whole text, as models write it although nobody asked for it. */
function withoutCodeBlock(text: string): string {
	const start = text.indexOf('\n') + 1;
	const end = text.length - 3;
	const isBlock = text.startsWith('```') && text.endsWith('```') && start > 0 && start <= end;
	return isBlock && !text.slice(3, start).includes('`') ? text.slice(start, end).trim() : text;
}

/**
 * The fields of an answer in the order of its columns: the schema's properties, null where the answer has none, and then
 * what the answer has beyond them.
 */
export function columnsOf(answer: IDataObject, schema: Schema | null): IDataObject {
	const names = schema ? [...propertiesOf(schema).keys()] : [];
	// Spreading and fromEntries keep a key "__proto__" as what it is.
	return { ...Object.fromEntries(names.map((name) => [name, null])), ...answer };
}

/** The chosen fields, in the order of the columns. One that the answer does not have is null. */
export function chosenFields(columns: IDataObject, chosen: string[]): IDataObject {
	if (chosen.length === 0) return columns;
	const kept = Object.entries(columns).filter(([name]) => chosen.includes(name));
	const absent = chosen.filter((name) => !Object.hasOwn(columns, name)).map((name): [string, null] => [name, null]);
	return Object.fromEntries([...kept, ...absent]);
}
