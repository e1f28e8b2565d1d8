import { memoryOfValue } from '../../domain/memory.ts';
import type { ResponseAccumulator } from '../aiSdk/adapter.ts';
import { bodyIn, type Body, isBody } from '../body.ts';

function listIn(value: unknown): unknown[] {
	return Array.isArray(value) ? (value as unknown[]) : [];
}

/** A part that is text and nothing else; whether the model thinks in it. */
function isPlainText(part: unknown): part is { text: string; thought?: boolean } {
	if (!isBody(part) || typeof part['text'] !== 'string') return false;
	return Object.keys(part).every((key) => key === 'text' || key === 'thought');
}

/** The parts with the next ones at their end. A text goes on where the last one ended. */
function joinedParts(before: unknown[], more: unknown[]): unknown[] {
	const parts = [...before];
	for (const part of more) {
		const last = parts.at(-1);
		if (isPlainText(last) && isPlainText(part) && last.thought === part.thought) {
			parts[parts.length - 1] = { ...last, text: last.text + part.text };
		} else parts.push(part);
	}
	return parts;
}

/** Log probabilities come with the text that they belong to. */
function joinedLogprobs(before: unknown, more: unknown): Body {
	if (!isBody(more)) return isBody(before) ? { logprobsResult: before } : {};
	if (!isBody(before)) return { logprobsResult: more };
	const joined: Body = { ...before, ...more };
	for (const key of ['topCandidates', 'chosenCandidates']) {
		if (key in joined) joined[key] = [...listIn(before[key]), ...listIn(more[key])];
	}
	return { logprobsResult: joined };
}

/** Puts the pieces of Gemini's stream together into one response. Each piece has the form of a whole response. */
export class ContentAccumulator implements ResponseAccumulator {
	#response: Body = {};
	#candidate: Body | undefined;

	add(event: Body): number {
		const { candidates, ...more } = event;
		this.#response = { ...this.#response, ...more };
		const [candidate] = listIn(candidates);
		if (!isBody(candidate)) return memoryOfValue(more);
		const before = this.#candidate ?? {};
		const content = bodyIn(candidate['content']);
		const parts = joinedParts(listIn(bodyIn(before['content'])['parts']), listIn(content['parts']));
		this.#candidate = {
			...before,
			...candidate,
			content: { ...bodyIn(before['content']), ...content, parts },
			...joinedLogprobs(before['logprobsResult'], candidate['logprobsResult']),
		};
		return memoryOfValue(event);
	}

	get hasContent(): boolean {
		return this.#candidate !== undefined;
	}

	get isFinished(): boolean {
		return typeof this.#candidate?.['finishReason'] === 'string';
	}

	get response(): Body {
		return { ...(this.#candidate === undefined ? {} : { candidates: [this.#candidate] }), ...this.#response };
	}
}
