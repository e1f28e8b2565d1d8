import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import type { ToolCall } from '../../contract/messages.ts';
import type { Sampling } from '../../domain/provider.ts';
import { promptText, shortened } from './text.ts';

/** A user's text is plain text, even if it looks like one of the tokenizer's special tokens. */
export const plain = { disallowedSpecial: new Set<string>() };

/**
 * Tokens of a text. The time to count grows with the square of a run's length (16 s for 200,000 letters without a
 * space), so long runs are broken up. Words and gaps of ordinary text are shorter and are counted exactly. Nothing else
 * runs meanwhile, and 10 MB can take 20 s: of a text of more than 100,000 characters, only the beginning and the end are
 * counted, and the rest is taken to be like them.
 */
function tokensIn(text: string): number {
	const counted = shortened(text);
	const broken = counted.replace(/\S{200}(?=\S)/g, '$& ').replace(/\s{200}(?=\s)/g, '$&.');
	const tokens = countTokens(broken, plain);
	return counted.length === text.length ? tokens : Math.round(tokens * (text.length / counted.length));
}

/** Tokens of the names and arguments of tool calls. */
export function tokensOfCalls(calls: readonly ToolCall[]): number {
	// As one text: many calls that are short can be long together.
	return tokensIn(calls.map(({ function: { name, arguments: text } }) => `${name} ${text ?? ''}`).join('\n'));
}

/** Tokens of a prompt: of a chat, those of all texts and tool calls. */
export function tokensOfPrompt(prompt: Sampling['prompt']): number {
	const calls = typeof prompt === 'string' ? [] : prompt.flatMap((message) => message.tool_calls ?? []);
	return tokensIn(promptText(prompt)) + tokensOfCalls(calls);
}
