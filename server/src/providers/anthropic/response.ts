import { memoryOfValue } from '../../domain/memory.ts';
import type { ResponseAccumulator } from '../aiSdk/adapter.ts';
import { bodyIn, type Body, isBody, textIn } from '../body.ts';

/** The keys of deltas that are pieces of a text, by the key that they belong to. */
const textKeys: Record<string, string> = { text: 'text', thinking: 'thinking', signature: 'signature' };

/** One block of a message, put together from its pieces. */
class BlockAccumulator {
	readonly #block: Body;
	/** The arguments of a tool, as JSON. */
	#json = '';

	constructor(block: Body) {
		this.#block = { ...block };
	}

	add(delta: Body): void {
		this.#json += textIn(delta['partial_json']);
		for (const [from, to] of Object.entries(textKeys)) {
			if (typeof delta[from] === 'string') this.#block[to] = textIn(this.#block[to]) + delta[from];
		}
		const { citation } = delta;
		if (citation !== undefined)
			this.#block['citations'] = [...((this.#block['citations'] as unknown[]) ?? []), citation];
	}

	get block(): Body {
		if (this.#json === '') return this.#block;
		try {
			return { ...this.#block, input: JSON.parse(this.#json) as unknown };
		} catch {
			return { ...this.#block, input: this.#json };
		}
	}
}

/** Puts the events of Anthropic's stream together into a message. */
export class MessageAccumulator implements ResponseAccumulator {
	#message: Body = {};
	readonly #blocks = new Map<unknown, BlockAccumulator>();

	add(event: Body): number {
		const { type, index } = event;
		if (type === 'message_start') this.#message = bodyIn(event['message']);
		else if (type === 'content_block_start') {
			this.#blocks.set(index, new BlockAccumulator(bodyIn(event['content_block'])));
		} else if (type === 'content_block_delta') this.#blocks.get(index)?.add(bodyIn(event['delta']));
		else if (type === 'message_delta') {
			const { type: _type, delta, usage, ...more } = event;
			const counts = isBody(usage) ? { usage: { ...bodyIn(this.#message['usage']), ...usage } } : {};
			this.#message = { ...this.#message, ...more, ...bodyIn(delta), ...counts };
		} else return 0;
		return memoryOfValue(event);
	}

	get hasContent(): boolean {
		return this.#blocks.size > 0;
	}

	get isFinished(): boolean {
		return typeof this.#message['stop_reason'] === 'string';
	}

	get response(): Body {
		return { ...this.#message, content: [...this.#blocks.values()].map(({ block }) => block) };
	}
}
