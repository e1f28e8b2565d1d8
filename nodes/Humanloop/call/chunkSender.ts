import type { ChunkType, IDataObject, IExecuteSingleFunctions } from 'n8n-workflow';

import { isToolCall } from '../execution/nodeRun';
import type { CallResponse } from './response';
import type { TextListener } from './stream';

/** What n8n's context has at run time in 2.41. n8n 2.8 does not have it, and the types declare it elsewhere only. */
interface ChunkContext {
	isStreaming?(): boolean;
	sendChunk?(type: ChunkType, itemIndex: number, content?: IDataObject | string): Promise<void> | void;
}

/** How much of a sample was sent. */
interface Sent {
	text: string;
	hasEnded: boolean;
}

/**
 * Passes an item's tokens on when the workflow responds in streaming mode: to a chat, or to a webhook's caller.
 *
 * Of a call with one sample, the chunks hold plain text, which is what a chat shows. Of several, each is
 * `{"index", "output"}`.
 */
export class ChunkSender {
	readonly #context: Required<ChunkContext>;
	readonly #itemIndex: number;
	readonly #samples: number;
	readonly #sentOf = new Map<number, Sent>();

	private constructor(context: IExecuteSingleFunctions, samples: number) {
		this.#context = context as unknown as Required<ChunkContext>;
		this.#itemIndex = context.getItemIndex();
		this.#samples = samples;
	}

	/**
	 * @param samples how many samples the call asks for
	 * @returns null if the workflow does not respond in streaming mode, or n8n cannot stream
	 */
	static for(context: IExecuteSingleFunctions, samples: number): ChunkSender | null {
		const n8n = context as ChunkContext;
		if (typeof n8n.sendChunk !== 'function' || !n8n.isStreaming?.()) return null;
		// As a tool, the node responds to the Agent, and the Agent to the listener.
		return isToolCall(context) ? null : new ChunkSender(context, samples);
	}

	/** Starts an attempt. An attempt after a broken one continues where that one ended. */
	startAttempt(): TextListener {
		const texts = new Map<number, string>();
		return async (index, part, isLast) => {
			const text = (texts.get(index) ?? '') + part;
			texts.set(index, text);
			await this.#advance(index, text);
			if (isLast) await this.#finish(index);
		};
	}

	/** Sends the rest of the response and ends every sample. */
	async end({ data }: CallResponse): Promise<void> {
		for (const { index, raw_output, output } of data) {
			await this.#advance(index, raw_output ?? output ?? '');
			await this.#finish(index);
		}
	}

	/** Ends what is still open, for an item that gets no response. */
	async abandon(): Promise<void> {
		for (const index of this.#sentOf.keys()) await this.#finish(index);
	}

	/** @param text the sample's whole text so far */
	async #advance(index: number, text: string): Promise<void> {
		let sent = this.#sentOf.get(index);
		// What a broken attempt sent cannot be taken back. If the text is another one now, it starts over.
		if (sent && !(sent.hasEnded ? sent.text.startsWith(text) : continues(sent.text, text))) {
			await this.#finish(index);
			sent = undefined;
		}
		if (!sent) {
			this.#sentOf.set(index, (sent = { text: '', hasEnded: false }));
			await this.#send('begin', index);
		}
		const rest = text.slice(sent.text.length);
		if (rest === '') return;
		sent.text = text;
		await this.#send('item', index, rest);
	}

	async #finish(index: number): Promise<void> {
		const sent = this.#sentOf.get(index)!;
		if (!sent.hasEnded) await this.#send('end', index);
		sent.hasEnded = true;
	}

	async #send(type: ChunkType, index: number, output?: string): Promise<void> {
		await this.#context.sendChunk(type, this.#itemIndex, this.#samples === 1 ? output : { index, output });
	}
}

/** Whether one text is the beginning of the other. */
function continues(sent: string, text: string): boolean {
	return text.startsWith(sent) || sent.startsWith(text);
}
