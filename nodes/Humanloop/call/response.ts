import type { IDataObject } from 'n8n-workflow';

import { ApiFailure } from '../transport/apiFailure';
import { fromResponse, logLinkIn, requestIdIn, retryAfterMs, unexpectedResponse } from '../transport/httpFailure';

/** One sample of a completion, or a part of it in an event. */
export interface Sample extends IDataObject {
	index: number;
	/** The ID of the sample's log. */
	id?: string;
	model_config_id?: string;
	output?: string | null;
	raw_output?: string | null;
	finish_reason?: string | null;
	/** The model's message in a chat, with its tool calls. */
	output_message?: IDataObject | null;
}

/** The API's `CallResponse`: the samples, and what belongs to the whole call. */
export interface CallResponse extends IDataObject {
	data: Sample[];
}

/**
 * Checks a response, or an event of one.
 *
 * @throws ApiFailure if it has no samples, or a sample in it carries an error
 */
export function toCallResponse(body: unknown, headers: IDataObject): CallResponse {
	const { data } = (body ?? {}) as Partial<CallResponse>;
	if (!Array.isArray(data) || data.length === 0 || !data.every((sample) => Number.isInteger(sample?.index))) {
		throw unexpectedResponse("a model's answer", 200, requestIdIn(headers));
	}
	const failed = data.find((sample) => sample.error);
	if (failed) throw fromResponse(null, failed, headers);
	return body as CallResponse;
}

/**
 * What to report beside the samples of a response that lacks some. It is retryable unless the host says otherwise: a
 * repeat with the same key asks for the missing ones only.
 *
 * @param asked how many samples the call asked for
 * @returns null if none is missing
 */
export function missingSamples({ data }: CallResponse, asked: number, headers: IDataObject): ApiFailure | null {
	const missing = asked - data.length;
	if (missing <= 0) return null;
	return new ApiFailure({
		message: `${missing} of ${asked} samples ${missing === 1 ? 'is' : 'are'} missing`,
		description:
			"To get only the missing samples, run the item again within 24 hours with the same 'Idempotency Key'. Otherwise, all samples are paid for again.",
		status: 200,
		requestId: requestIdIn(headers),
		link: logLinkIn(headers),
		isRetryable: headers['x-should-retry'] !== 'false',
		retryAfterMs: retryAfterMs(headers, Date.now()),
	});
}
