import type { IDataObject } from 'n8n-workflow';

import { ApiFailure } from '../../transport/apiFailure';
import type { Sample } from '../response';
import type { CallResult } from '../send';
import type { JsonFormat } from './format';
import { chosenFields, columnsOf, readJson, type JsonProblem } from './parse';
import type { Schema } from './schema';

/** A sample whose text is not what the format asks for. */
export interface BadSample {
	sample: Sample;
	schema: Schema | null;
	problem: JsonProblem;
}

/** The samples of a call, read as JSON. */
export interface JsonSamples {
	/** The response with the good samples only. */
	result: CallResult;
	/** By index of a good sample: its fields. */
	fields: Map<number, IDataObject>;
	/** By index of a bad sample, in order: why its item is an error item. */
	failures: Array<[number, ApiFailure]>;
}

/**
 * Reads each sample of a call as JSON.
 *
 * A sample that calls tools has no answer yet: its fields are null.
 *
 * @param attempts how often the call was sent
 * @throws ApiFailure if a sample's config cannot be read
 */
export async function readSamples(result: CallResult, format: JsonFormat, attempts: number): Promise<JsonSamples> {
	const fields = new Map<number, IDataObject>();
	const failures: Array<[number, ApiFailure]> = [];
	const good: Sample[] = [];
	for (const sample of [...result.response.data].sort((a, b) => a.index - b.index)) {
		const schema = await format.schemaFor(sample.model_config_id);
		const read = callsTools(sample)
			? { fields: columnsOf({}, schema) }
			: readJson(textOf(sample), sample.finish_reason, schema);
		if ('fields' in read) {
			fields.set(sample.index, chosenFields(read.fields, format.chosen));
			good.push(sample);
		} else {
			failures.push([sample.index, failureOf({ sample, schema, problem: read.problem }, result, attempts)]);
		}
	}
	return { result: { ...result, response: { ...result.response, data: good } }, fields, failures };
}

function failureOf(
	{ sample, problem }: BadSample,
	{ requestId, link, response }: CallResult,
	attempts: number,
): ApiFailure {
	const { message, description } = problem;
	const logId = typeof sample.id === 'string' ? sample.id : null;
	// A call has one page, and each of its samples has a log.
	const isOfSample = response.data.length === 1 || (logId !== null && link?.includes(logId));
	return new ApiFailure({
		message,
		description,
		status: 200,
		requestId,
		link: isOfSample ? link : null,
		attempts,
		output: textOf(sample),
		logId,
	});
}

function textOf({ output, raw_output }: Sample): string {
	return output ?? raw_output ?? '';
}

function callsTools({ tool_calls: calls }: Sample): boolean {
	return Array.isArray(calls) && calls.length > 0;
}
