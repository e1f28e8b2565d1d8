import { NodeOperationError, type IDataObject } from 'n8n-workflow';

import type { ItemContext } from '../../execution/itemContext';
import { RunEndedError } from '../../execution/nodeRun';
import { totalCost } from '../../shared/cost';
import { toolCallsOf } from '../../shared/toolCalls';
import { ApiFailure } from '../../transport/apiFailure';
import { toApiFailure } from '../../transport/connectionFailure';
import type { Sample } from '../response';
import type { CallResult } from '../send';
import type { JsonFormat } from './format';
import { chosenFields, columnsOf, readJson, type JsonProblem } from './parse';
import { repairSample, type RepairableCall } from './repair';

type Problem = Pick<JsonProblem, 'message' | 'description'>;

const adviceOnReuse = "This answer was reused. For a new one, set 'Reuse Answers' to Never for one run.";

/** The samples of a call, read as JSON. */
export interface JsonSamples {
	/** The good samples only, and the usage of all calls. */
	response: CallResult['response'];
	/** By index of a good sample: its fields. */
	fields: Map<number, IDataObject>;
	/** The indexes of the good samples whose repair was paid for now. */
	paidRepairs: Set<number>;
	/** Why the items of the bad samples are error items, in the order of the samples. */
	failures: ApiFailure[];
}

/**
 * Reads each sample of a call as JSON, and has those repaired that are wrong, if the format says so.
 *
 * A sample that calls tools has no answer yet: its fields are null. The samples have been paid for. So if something goes
 * wrong with one, that is its own failure, which has its text.
 *
 * @param attempts how often the call was sent
 * @throws RunEndedError when the run has ended meanwhile
 */
export async function readSamples(
	item: ItemContext,
	call: Omit<RepairableCall, 'response'>,
	result: CallResult,
	format: JsonFormat,
	attempts: number,
): Promise<JsonSamples> {
	const fields = new Map<number, IDataObject>();
	const paidRepairs = new Set<number>();
	const failures: ApiFailure[] = [];
	const good: Sample[] = [];
	let { response } = result;
	const keep = (sample: Sample, columns: IDataObject, repaired: boolean) => {
		fields.set(sample.index, chosenFields(columns, format.chosen));
		good.push({ ...sample, ...(format.repairs && { repaired }) });
	};
	for (const sample of [...response.data].sort((a, b) => a.index - b.index)) {
		const found = await outcomeOf(format.schemaFor(sample.model_config_id));
		const schema = 'value' in found ? found.value : null;
		if (toolCallsOf(sample).length > 0) {
			keep(sample, columnsOf({}, schema), false);
			continue;
		}
		const text = textOf(sample);
		if ('error' in found) {
			failures.push(failureOf(sample, schemaProblem(found.error), result, attempts));
			continue;
		}
		const read = readJson(text, sample.finish_reason, schema);
		if ('fields' in read) {
			keep(sample, read.fields, false);
			continue;
		}
		const failure = failureOf(sample, read.problem, result, attempts);
		if (!format.repairs || !read.problem.isRepairable) {
			failures.push(failure);
			continue;
		}
		const bad = { sample, text, schema, problem: read.problem };
		const repair = await outcomeOf(repairSample(item, { ...call, response }, bad));
		if ('error' in repair) {
			failures.push(notRepaired(failure, repair.error.message).with({ description: repair.error.description }));
			continue;
		}
		response = withUsageOf(response, repair.value.response);
		const second = repair.value.response.data[0]!;
		const again = readJson(textOf(second), second.finish_reason, schema);
		if ('problem' in again) {
			failures.push(notRepaired(failure, again.problem.message));
			continue;
		}
		// The item shows the repair and its log. What was asked stays what the workflow has asked.
		keep({ ...sample, ...second, ...askedIn(sample) }, again.fields, true);
		if (!repair.value.isReused) paidRepairs.add(sample.index);
	}
	return { response: { ...response, data: good }, fields, paidRepairs, failures };
}

/** @throws RunEndedError: with the run, all that is to be paid for has ended */
async function outcomeOf<T>(work: Promise<T>): Promise<{ value: T } | { error: Problem }> {
	const outcome = await work.then(
		(value) => ({ value }),
		(error: unknown) => ({ error }),
	);
	if ('value' in outcome) return outcome;
	const { error } = outcome;
	if (error instanceof RunEndedError) throw error;
	// A field's error, for example of an image that is no longer there, has its own words.
	if (error instanceof NodeOperationError)
		return { error: { message: error.message, description: error.description ?? '' } };
	return { error: toApiFailure(error) };
}

function schemaProblem({ message, description }: Problem): Problem {
	return { message: `The output cannot be checked, because its model config cannot be read: ${message}`, description };
}

function failureOf(
	sample: Sample,
	{ message, description }: Problem,
	{ requestId, link, response, isReused }: CallResult,
	attempts: number,
): ApiFailure {
	const logId = sample.id ?? null;
	// A call has one page, and each of its samples has a log.
	const isOfSample = response.data.length === 1 || (logId !== null && link?.includes(logId));
	return new ApiFailure({
		message,
		description: isReused ? `${description} ${adviceOnReuse}` : description,
		status: 200,
		requestId,
		link: isOfSample ? link : null,
		attempts,
		output: textOf(sample),
		logId,
	});
}

function notRepaired(failure: ApiFailure, reason: string): ApiFailure {
	const outcome = reason === failure.message ? 'The repair has the same mistake' : `The repair failed: ${reason}`;
	const description = 'Describe the fields in the prompt, or correct the schema in the model config.';
	return failure.with({ message: `${failure.message}. ${outcome}`, description });
}

/** The call's response with what the repair has used and cost, too. */
function withUsageOf(response: CallResult['response'], repair: CallResult['response']): CallResult['response'] {
	const [first, second] = [response, repair].map(({ usage }) => (usage ?? {}) as Record<string, unknown>);
	const usage = { ...second, ...first };
	for (const [key, count] of Object.entries(second!)) {
		if (typeof count === 'number' && typeof first![key] === 'number') usage[key] = first![key] + count;
	}
	const payloads = [response, repair].flatMap(({ provider_responses: list }) => (list ?? []) as IDataObject[]);
	return { ...response, ...costOf(response, repair), usage, provider_responses: payloads };
}

/** What both calls cost: null if the price of one is unknown, and nothing if the host says nothing of costs. */
function costOf({ cost: first }: CallResult['response'], { cost: second }: CallResult['response']): IDataObject {
	return first === undefined ? {} : { cost: totalCost(first, second) };
}

function askedIn({ index, inputs, messages, model_config_id }: Sample): Partial<Sample> {
	return {
		index,
		...(inputs !== undefined && { inputs }),
		...(messages !== undefined && { messages }),
		...(model_config_id !== undefined && { model_config_id }),
	};
}

function textOf({ output, raw_output }: Sample): string {
	return output ?? raw_output ?? '';
}
