import type { IDataObject } from 'n8n-workflow';

import { fromResponse, requestIdIn, unexpectedResponse } from '../transport/httpFailure';

/** One sample of a completion, or a part of it in an event. */
export interface Sample extends IDataObject {
	index: number;
	output?: string | null;
	raw_output?: string | null;
	finish_reason?: string | null;
}

/** The API's `CompletionResponse`: the samples, and what belongs to the whole call. */
export interface CompletionResponse extends IDataObject {
	data: Sample[];
}

/**
 * Checks a response, or an event of one.
 *
 * @throws ApiFailure if it is no completion, or a sample in it carries an error
 */
export function toCompletionResponse(body: unknown, headers: IDataObject): CompletionResponse {
	const { data } = (body ?? {}) as Partial<CompletionResponse>;
	if (!Array.isArray(data) || data.length === 0 || !data.every((sample) => Number.isInteger(sample?.index))) {
		throw unexpectedResponse('a completion', 200, requestIdIn(headers));
	}
	const failed = data.find((sample) => sample.error);
	if (failed) throw fromResponse(null, failed, headers);
	return body as CompletionResponse;
}
