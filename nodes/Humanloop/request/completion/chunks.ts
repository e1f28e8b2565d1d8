import type { ChunkType, IDataObject, IExecuteSingleFunctions } from 'n8n-workflow';

import { isOfOwnInput } from '../run';
import type { Completion } from './completion';
import type { PieceListener } from './streamedCompletion';

/** What n8n's context has at run time in 2.41; its types say so of other contexts only, and in 2.8 it is not there. */
interface ChunkContext {
	isStreaming?(): boolean;
	sendChunk?(type: ChunkType, itemIndex: number, content?: IDataObject | string): Promise<void> | void;
}

/** Hands an item's tokens to whom the workflow answers in streaming mode: a chat, or a webhook's caller. */
export interface Chunks {
	/** Begins an attempt. One that comes after a broken one goes on where that one has ended. */
	attempt(): PieceListener;
	/** Sends what is left of the answer and ends every sample. */
	end(completion: Completion): Promise<void>;
	/** Ends what is still open, of an item that will have no answer. */
	abandon(): Promise<void>;
}

/** How much of a sample has gone out. */
interface Sent {
	text: string;
	hasEnded: boolean;
}

/**
 * @param samples how many samples the call has asked for. Of one, the chunks hold plain text, which is what a
 *   chat shows; of several, each is `{"index", "output"}`
 * @returns null where the workflow does not answer in streaming mode, or n8n cannot
 */
export function chunksOf(context: IExecuteSingleFunctions, samples: number): Chunks | null {
	const n8n = context as ChunkContext;
	// As a tool the prompt answers the Agent; the Agent answers the listener.
	if (typeof n8n.sendChunk !== 'function' || !n8n.isStreaming?.() || !isOfOwnInput(context)) return null;
	const itemIndex = context.getItemIndex();
	const sentOf = new Map<number, Sent>();
	const send = async (type: ChunkType, index: number, output?: string) =>
		await n8n.sendChunk!(type, itemIndex, samples === 1 ? output : { index, output });

	/** @param text the sample's whole text so far */
	async function advance(index: number, text: string): Promise<void> {
		let sent = sentOf.get(index);
		// What a broken attempt has sent cannot be taken back. Another text begins anew.
		if (sent && !(sent.hasEnded ? sent.text.startsWith(text) : goesOn(sent.text, text))) {
			await finish(index);
			sent = undefined;
		}
		if (!sent) {
			sentOf.set(index, (sent = { text: '', hasEnded: false }));
			await send('begin', index);
		}
		const rest = text.slice(sent.text.length);
		if (rest === '') return;
		sent.text = text;
		await send('item', index, rest);
	}

	async function finish(index: number): Promise<void> {
		const sent = sentOf.get(index)!;
		if (!sent.hasEnded) await send('end', index);
		sent.hasEnded = true;
	}

	return {
		attempt() {
			const texts = new Map<number, string>();
			return async (index, piece, isLast) => {
				const text = (texts.get(index) ?? '') + piece;
				texts.set(index, text);
				await advance(index, text);
				if (isLast) await finish(index);
			};
		},
		async end({ data }) {
			for (const { index, raw_output, output } of data) {
				await advance(index, raw_output ?? output ?? '');
				await finish(index);
			}
		},
		async abandon() {
			for (const index of sentOf.keys()) await finish(index);
		},
	};
}

/** Whether one is the other's beginning. */
function goesOn(sent: string, text: string): boolean {
	return text.startsWith(sent) || sent.startsWith(text);
}
