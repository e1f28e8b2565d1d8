import type { IDataObject } from 'n8n-workflow';

import { ApiFailure } from '../transport/apiFailure';
import { fromResponse, logLinkIn, requestIdIn } from '../transport/httpFailure';
import type { Redactor } from '../transport/redact';
import { eventData } from '../transport/serverSentEvents';
import { costComment, costIn } from './cost';
import { toCallResponse, type CallResponse, type Sample } from './response';

/**
 * Receives the next part of a sample's text.
 *
 * @param isLast whether the sample is complete
 */
export type TextListener = (index: number, text: string, isLast: boolean) => Promise<void>;

/**
 * Reads a streamed call to its end.
 *
 * Each event is a `CallResponse` with a part of one sample; samples interleave. What belongs to the call, such as
 * session and usage, comes with the last events. `num_samples` and `usage` come with the very last one, also from a host that
 * could not get all samples: those without a finish reason by then are missing.
 *
 * @param samples how many samples the call asked for
 * @param headers the response's headers
 * @param onText receives the parts as they arrive, one after the other
 * @returns the response as it would have come without `stream`
 * @throws ApiFailure when an event carries an error, or the stream ends before every sample has its finish reason and
 *   without its last event: half a response must not look like a whole one
 */
export async function readStreamedCall(
	stream: AsyncIterable<Uint8Array>,
	samples: number,
	headers: IDataObject,
	onText?: TextListener,
): Promise<CallResponse> {
	const call: IDataObject = {};
	const byIndex = new Map<number, Sample>();
	let endings = 0;
	let hasLastEvent = false;
	try {
		const onComment = (text: string) => assignKnown(call, costIn(costComment(text)));
		for await (const text of eventData(stream, onComment)) {
			if (text === '[DONE]') continue;
			const { data, ...callKeys } = parseEvent(text, headers);
			assignKnown(call, callKeys);
			// A host that sends these with every event does not mark the last one by them.
			const isEnding = Number.isInteger(callKeys.num_samples) && callKeys.usage !== undefined;
			if (isEnding) endings++;
			hasLastEvent = isEnding && endings === 1;
			for (const part of data) {
				append(byIndex, part);
				await onText?.(part.index, textOf(part), Boolean(part.finish_reason));
			}
		}
	} catch (error) {
		// A broken connection throws here, and half an event throws in JSON.parse.
		throw error instanceof ApiFailure ? error : incomplete(headers);
	}
	const finished = [...byIndex.values()].filter((sample) => sample.finish_reason);
	const areAll = finished.length >= Math.max(samples, byIndex.size);
	if (finished.length === 0 || !(areAll || hasLastEvent)) throw incomplete(headers);

	for (const sample of finished) {
		const text = sample.raw_output ?? '';
		sample.output = text.trim();
		if (sample.output_message) sample.output_message = wholeMessage(sample.output_message, text);
	}
	return { ...call, data: finished };
}

/** Hides the keys in what a listener receives, even if a key comes in pieces. */
export function withoutKeys(redactor: Redactor, onText: TextListener): TextListener {
	const texts = new Map<number, { whole: string; sent: string }>();
	return async (index, part, isLast) => {
		const { whole: before, sent } = texts.get(index) ?? { whole: '', sent: '' };
		const whole = before + part;
		const clean = redactor.growing(whole, isLast);
		texts.set(index, { whole, sent: clean });
		await onText(index, clean.slice(sent.length), isLast);
	};
}

function parseEvent(text: string, headers: IDataObject): CallResponse {
	const event = JSON.parse(text) as Partial<CallResponse> | null;
	if (event?.detail || event?.error) throw fromResponse(null, event, headers);
	return toCallResponse(event, headers);
}

function append(byIndex: Map<number, Sample>, part: Sample): void {
	const sample: Sample = byIndex.get(part.index) ?? { index: part.index };
	const text = (sample.raw_output ?? '') + textOf(part);
	assignKnown(sample, part);
	sample.raw_output = text;
	byIndex.set(part.index, sample);
}

/**
 * The message of a chat's sample. Each event has the new text only, and the last one has the tool calls.
 *
 * @param last the message of the last event
 * @returns the message with the whole text, or without content if the model only calls tools
 */
function wholeMessage(last: IDataObject, text: string): IDataObject {
	const callsTools = Array.isArray(last.tool_calls) && last.tool_calls.length > 0;
	return { ...last, content: callsTools && text === '' ? null : text };
}

function textOf({ raw_output, output }: Sample): string {
	return raw_output ?? output ?? '';
}

/** Copies what the source knows; a null in a later event does not undo an earlier value. */
function assignKnown(target: IDataObject, source: IDataObject): void {
	for (const [key, value] of Object.entries(source)) {
		// Assigning to "__proto__" would give the target keys that the host never sent for it.
		if (key !== '__proto__' && (value !== null || !(key in target))) target[key] = value;
	}
}

function incomplete(headers: IDataObject): ApiFailure {
	return new ApiFailure({
		message: 'The connection ended before the response was complete',
		description: 'Try again. The part that arrived is not returned, because it would look like a complete response.',
		requestId: requestIdIn(headers),
		link: logLinkIn(headers),
		isRetryable: true,
	});
}
