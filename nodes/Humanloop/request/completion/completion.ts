import type { IDataObject } from 'n8n-workflow';

import { refusedCall, requestIdOf } from '../apiErrors';
import { FailedCallError } from '../failedCall';

/** One answer of a completion call, or a piece of it in an event. */
export interface Sample extends IDataObject {
	index: number;
	output?: string | null;
	raw_output?: string | null;
	finish_reason?: string | null;
}

/** The API's `CompletionResponse`: the samples, and beside them what belongs to the whole call. */
export interface Completion extends IDataObject {
	data: Sample[];
}

/**
 * Checks that an answer, or an event of it, is a completion.
 *
 * @throws FailedCallError when it is something else, or a sample in it carries an error
 */
export function checkedCompletion(answer: unknown, headers: IDataObject): Completion {
	const { data } = (answer ?? {}) as Partial<Completion>;
	if (!Array.isArray(data) || data.length === 0 || !data.every((sample) => Number.isInteger(sample?.index))) {
		throw new FailedCallError({
			message: 'The answer is not a completion of the v4 API',
			description: "Check the 'Base URL' in the Humanloop API credentials. It ends with /v4.",
			status: 200,
			requestId: requestIdOf(headers),
		});
	}
	const broken = data.find((sample) => sample.error);
	if (broken) throw new FailedCallError(refusedCall(null, broken, headers));
	return answer as Completion;
}
