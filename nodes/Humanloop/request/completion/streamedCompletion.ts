import type { IDataObject } from 'n8n-workflow';

import { refusedCall, requestIdOf } from '../apiErrors';
import { checkedCompletion, type Completion, type Sample } from './completion';
import { eventData } from './eventStream';
import { FailedCallError } from '../failedCall';

/**
 * Takes a piece of a sample's text.
 *
 * @param isLast whether the sample has come to its end
 */
export type PieceListener = (index: number, text: string, isLast: boolean) => Promise<void>;

/**
 * Puts a streamed completion together.
 *
 * Each event is a `CompletionResponse` with a piece of one sample; samples interleave. What belongs
 * to the call (session, usage) comes with the last events.
 *
 * @param samples how many samples the call has asked for
 * @param headers the answer's headers
 * @param onPiece is given each piece as it arrives, one after the other
 * @returns the answer as it would have come without `stream`
 * @throws FailedCallError when an event carries an error, or when the connection ends before every
 *   sample has given its reason to finish: half an answer must not look like a whole one
 */
export async function readStreamedCompletion(
	stream: AsyncIterable<Uint8Array>,
	samples: number,
	headers: IDataObject,
	onPiece?: PieceListener,
): Promise<Completion> {
	const call: IDataObject = {};
	const byIndex = new Map<number, Sample>();
	try {
		for await (const text of eventData(stream)) {
			if (text === '[DONE]') continue;
			const event = parseEvent(text, headers);
			const { data, ...ofTheCall } = event;
			assignKnown(call, ofTheCall);
			for (const piece of data) {
				append(byIndex, piece);
				await onPiece?.(piece.index, textOf(piece), Boolean(piece.finish_reason));
			}
		}
	} catch (error) {
		// A connection that breaks throws here, and half an event at JSON.parse.
		throw error instanceof FailedCallError ? error : new FailedCallError(cut(headers));
	}
	const finished = [...byIndex.values()].filter((sample) => sample.finish_reason);
	if (finished.length < Math.max(samples, byIndex.size)) throw new FailedCallError(cut(headers));

	for (const sample of finished) sample.output = (sample.raw_output ?? '').trim();
	return { ...call, data: finished };
}

function parseEvent(text: string, headers: IDataObject): Completion {
	const event = JSON.parse(text) as Partial<Completion> | null;
	if (event?.detail || event?.error) throw new FailedCallError(refusedCall(null, event, headers));
	return checkedCompletion(event, headers);
}

function append(byIndex: Map<number, Sample>, piece: Sample): void {
	const sample: Sample = byIndex.get(piece.index) ?? { index: piece.index };
	const text = (sample.raw_output ?? '') + textOf(piece);
	assignKnown(sample, piece);
	sample.raw_output = text;
	byIndex.set(piece.index, sample);
}

function textOf({ raw_output, output }: Sample): string {
	return raw_output ?? output ?? '';
}

/** Takes over what the source knows; a null of a later event does not undo an earlier value. */
function assignKnown(target: IDataObject, source: IDataObject): void {
	for (const [key, value] of Object.entries(source)) {
		if (value !== null || !(key in target)) target[key] = value;
	}
}

function cut(headers: IDataObject) {
	return {
		message: 'The connection ended before the answer was whole',
		description: 'Try again. What had arrived is not returned, because it would look like a whole answer.',
		requestId: requestIdOf(headers),
		isTransient: true,
	};
}
