import type { IDataObject } from 'n8n-workflow';

import type { ItemContext } from '../../execution/itemContext';
import { RunEndedError } from '../../execution/nodeRun';
import { toolCallsOf } from '../../shared/toolCalls';
import { ApiFailure } from '../../transport/apiFailure';
import { toApiFailure } from '../../transport/connectionFailure';
import type { Sample } from '../response';
import type { CallResult } from '../send';
import type { JsonFormat } from './format';
import { chosenFields, columnsOf, readJson, type BadSample } from './parse';
import { repairSample, type RepairableCall } from './repair';

/** The samples of a call, read as JSON. */
export interface JsonSamples {
	/** The good samples only, and the usage of all calls. */
	response: CallResult['response'];
	/** By index of a good sample: its fields. */
	fields: Map<number, IDataObject>;
	/** Why the items of the bad samples are error items, in the order of the samples. */
	failures: ApiFailure[];
}

/**
 * Reads each sample of a call as JSON, and has those repaired that are wrong, if the format says so.
 *
 * A sample that calls tools has no answer yet: its fields are null.
 *
 * @param attempts how often the call was sent
 * @throws ApiFailure if a sample's config cannot be read; RunEndedError when the run has ended meanwhile
 */
export async function readSamples(
	item: ItemContext,
	call: Omit<RepairableCall, 'response'>,
	result: CallResult,
	format: JsonFormat,
	attempts: number,
): Promise<JsonSamples> {
	const fields = new Map<number, IDataObject>();
	const failures: ApiFailure[] = [];
	const good: Sample[] = [];
	let { response } = result;
	const keep = (sample: Sample, columns: IDataObject, repaired: boolean) => {
		fields.set(sample.index, chosenFields(columns, format.chosen));
		good.push({ ...sample, ...(format.repairs && { repaired }) });
	};
	for (const sample of [...response.data].sort((a, b) => a.index - b.index)) {
		const schema = await format.schemaFor(sample.model_config_id);
		if (toolCallsOf(sample).length > 0) {
			keep(sample, columnsOf({}, schema), false);
			continue;
		}
		const text = textOf(sample);
		const read = readJson(text, sample.finish_reason, schema);
		if ('fields' in read) {
			keep(sample, read.fields, false);
			continue;
		}
		const bad = { sample, text, schema, problem: read.problem };
		if (!format.repairs || bad.problem.isCutOff) {
			failures.push(failureOf(bad, result, attempts));
			continue;
		}
		const repair = await repairSample(item, { ...call, response }, bad).then(
			(repaired) => ({ response: repaired.response }),
			(error: unknown) => ({ error }),
		);
		if ('error' in repair) {
			// The run has ended, and with it all that is to be paid for.
			if (repair.error instanceof RunEndedError) throw repair.error;
			const { message, description } = toApiFailure(repair.error);
			failures.push(notRepaired(failureOf(bad, result, attempts), message).with({ description }));
			continue;
		}
		response = withUsageOf(response, repair.response);
		const second = repair.response.data[0]!;
		const again = readJson(textOf(second), second.finish_reason, schema);
		// The item shows the repair and its log. What was asked stays what the workflow has asked.
		if ('fields' in again) keep({ ...sample, ...second, ...askedIn(sample) }, again.fields, true);
		else failures.push(notRepaired(failureOf(bad, result, attempts), again.problem.message));
	}
	return { response: { ...response, data: good }, fields, failures };
}

function failureOf(
	{ sample, text, problem }: BadSample,
	{ requestId, link, response }: CallResult,
	attempts: number,
): ApiFailure {
	const { message, description } = problem;
	const logId = sample.id ?? null;
	// A call has one page, and each of its samples has a log.
	const isOfSample = response.data.length === 1 || (logId !== null && link?.includes(logId));
	return new ApiFailure({
		message,
		description,
		status: 200,
		requestId,
		link: isOfSample ? link : null,
		attempts,
		output: text,
		logId,
	});
}

function notRepaired(failure: ApiFailure, reason: string): ApiFailure {
	return failure.with({ message: `${failure.message}. The repair failed: ${reason}` });
}

/** The call's response with what the repair has used, too. */
function withUsageOf(response: CallResult['response'], repair: CallResult['response']): CallResult['response'] {
	const [first, second] = [response, repair].map(({ usage }) => (usage ?? {}) as Record<string, unknown>);
	const usage = { ...second, ...first };
	for (const [key, count] of Object.entries(second!)) {
		if (typeof count === 'number' && typeof first![key] === 'number') usage[key] = first![key] + count;
	}
	const payloads = [response, repair].flatMap(({ provider_responses: list }) => (list ?? []) as IDataObject[]);
	return { ...response, usage: usage, provider_responses: payloads };
}

function askedIn({ index, inputs, messages }: Sample): Partial<Sample> {
	return { index, ...(inputs !== undefined && { inputs }), ...(messages !== undefined && { messages }) };
}

function textOf({ output, raw_output }: Sample): string {
	return output ?? raw_output ?? '';
}
