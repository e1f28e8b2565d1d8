import { type CannedToolCall, maxReplyLength, type MockReplies, type Reply } from '../../contract/mock.ts';
import { unprocessable } from '../../domain/apiError.ts';
import type { Sampling } from '../../domain/provider.ts';
import { insertInputs, textOf } from '../../domain/prompts/template.ts';
import { textsOf } from './text.ts';

type Inputs = Record<string, string>;
type Rule = NonNullable<MockReplies['replies']>[number];
/** A call that the mock makes. The arguments are JSON as text. */
export type MockCall = { name: string; arguments: string };
/** What the mock says in one sample. */
export type MockReply = string | MockCall[];

/** The inputs as a template shows them. Only their beginnings count, so that no input makes a reply slow or endless. */
function beginnings(inputs: Sampling['inputs']): Inputs {
	const present = Object.entries(inputs).filter(([, value]) => value !== null && value !== undefined);
	return Object.fromEntries(present.map(([name, value]) => [name, textOf(value).slice(0, maxReplyLength)]));
}

/** The text of a chat's last message, as far as it is looked at. undefined if there are no messages. */
function lastMessage({ prompt }: Sampling): string | undefined {
	const last = typeof prompt === 'string' ? undefined : prompt.at(-1);
	return last && textsOf(last).join('\n').slice(0, maxReplyLength);
}

function contains(lowerCase: string | undefined, condition: string | string[]): boolean {
	return lowerCase !== undefined && [condition].flat().some((part) => lowerCase.includes(part.toLowerCase()));
}

/** Whether the conditions of a rule hold for these inputs and this last message, which are in lower case. */
function holds({ when, last_message: ofLast }: Rule, inputs: Inputs, last: string | undefined): boolean {
	if (ofLast !== undefined && !contains(last, ofLast)) return false;
	return Object.entries(when).every(([name, condition]) => {
		return contains(Object.hasOwn(inputs, name) ? inputs[name] : undefined, condition);
	});
}

/** The value with the inputs in its texts, which together have at most `maxReplyLength` characters. */
function insertDeep(value: unknown, inputs: Inputs): unknown {
	let left = maxReplyLength;
	const insert = (inner: unknown): unknown => {
		if (typeof inner === 'string') {
			const text = insertInputs(inner, inputs).slice(0, left);
			left -= text.length;
			return text;
		}
		if (Array.isArray(inner)) return inner.map(insert);
		if (typeof inner !== 'object' || inner === null) return inner;
		return Object.fromEntries(Object.entries(inner).map(([key, one]) => [key, insert(one)]));
	};
	return insert(value);
}

function checkedCall({ name, arguments: given }: CannedToolCall, { tools }: Sampling): Record<string, unknown> {
	if (!tools.some((tool) => tool.function.name === name)) {
		const names = tools.map((tool) => tool.function.name);
		const has = names.length === 0 ? 'It has none.' : `It has ${names.join(', ')}.`;
		throw unprocessable(
			`A reply of the mock calls the tool "${name}", which is not one of the model config's tools. ${has}`,
		);
	}
	if (JSON.stringify(given ?? {}).length > maxReplyLength) {
		throw unprocessable(
			`A reply of the mock calls the tool "${name}" with arguments of more than ${maxReplyLength} characters. Shorten them.`,
		);
	}
	return given ?? {};
}

function replyOf(reply: Reply, inputs: Inputs, sampling: Sampling): MockReply {
	if (typeof reply === 'string') return insertInputs(reply, inputs).slice(0, maxReplyLength);
	return reply.tool_calls.map((call) => ({
		name: call.name,
		arguments: JSON.stringify(insertDeep(checkedCall(call, sampling), inputs)),
	}));
}

/** Whether the mock may call tools: not if the caller forbids it, and not right after a result, or the chat would never end. */
function mayCallTools({ prompt, toolChoice }: Sampling): boolean {
	if (toolChoice === 'none') return false;
	return typeof prompt === 'string' || prompt.at(-1)?.role !== 'tool';
}

/**
 * What a config tells the mock to say to these inputs and messages, by the index of the sample; undefined if it tells nothing. Throws
 * 422 if that is a call of a tool that the config does not have.
 */
export function cannedReplies(sampling: Sampling): ((index: number) => MockReply) | undefined {
	const { mockReplies, inputs, seed = 0 } = sampling;
	if (mockReplies === undefined) return undefined;
	const known = beginnings(inputs);
	const lowerCase = Object.fromEntries(Object.entries(known).map(([name, text]) => [name, text.toLowerCase()]));
	const last = lastMessage(sampling)?.toLowerCase();
	const isUsable = (reply: Reply) => typeof reply === 'string' || mayCallTools(sampling);
	const rules: Rule[] = [...(mockReplies.replies ?? []), { when: {}, reply: mockReplies.otherwise ?? [] }];
	const usable = rules
		.filter((rule) => holds(rule, lowerCase, last))
		.map(({ reply }) => [reply].flat().filter(isUsable))
		.find((replies) => replies.length > 0);
	if (usable === undefined) return undefined;
	const replies = usable.map((reply) => replyOf(reply, known, sampling));
	return (index) => replies.at((seed + index) % replies.length) as MockReply;
}
