import { memoryOfValue } from '../../domain/memory.ts';
import type { ResponseAccumulator } from '../aiSdk/adapter.ts';
import { bodyIn, type Body, isBody, textIn } from '../body.ts';

/** The values of the second body after those of the first: texts are joined, objects too, and others replaced. */
function joined(before: Body, more: Body): Body {
	const result = { ...before };
	for (const [key, value] of Object.entries(more)) {
		const known = result[key];
		if (typeof known === 'string' && typeof value === 'string') result[key] = known + value;
		else result[key] = isBody(known) && isBody(value) ? joined(known, value) : value;
	}
	return result;
}

/** A block as a plain response has it: with the arguments of a tool as an object, and the reasoning's text in one more object. */
function wholeBlock(block: Body): Body {
	const { toolUse, reasoningContent } = block;
	if (isBody(toolUse)) {
		const text = textIn(toolUse['input']);
		try {
			return { toolUse: { ...toolUse, input: text === '' ? {} : (JSON.parse(text) as unknown) } };
		} catch {
			return block;
		}
	}
	if (!isBody(reasoningContent) || !('text' in reasoningContent)) return block;
	return { reasoningContent: { reasoningText: reasoningContent } };
}

/** Puts the events of Bedrock's ConverseStream together into the response of Converse. */
export class ConverseAccumulator implements ResponseAccumulator {
	#role: unknown = 'assistant';
	readonly #blocks = new Map<unknown, Body>();
	#end: Body = {};

	#addTo(index: unknown, piece: Body): void {
		this.#blocks.set(index, joined(this.#blocks.get(index) ?? {}, piece));
	}

	add(event: Body): number {
		const { messageStart, contentBlockStart: start, contentBlockDelta: delta, messageStop, metadata } = event;
		if (isBody(messageStart)) this.#role = messageStart['role'];
		if (isBody(start)) this.#addTo(start['contentBlockIndex'], bodyIn(start['start']));
		if (isBody(delta)) this.#addTo(delta['contentBlockIndex'], bodyIn(delta['delta']));
		if (isBody(messageStop)) this.#end = { ...this.#end, ...messageStop };
		if (isBody(metadata)) this.#end = { ...this.#end, ...metadata };
		return memoryOfValue(event);
	}

	get hasContent(): boolean {
		return this.#blocks.size > 0;
	}

	get isFinished(): boolean {
		return typeof this.#end['stopReason'] === 'string';
	}

	get response(): Body {
		const content = [...this.#blocks.values()].map(wholeBlock);
		return { output: { message: { role: this.#role, content } }, ...this.#end };
	}
}
