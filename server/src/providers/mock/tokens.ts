import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import type { ToolCall } from '../../contract/messages.ts';
import type { Sampling } from '../../domain/provider.ts';
import { promptText } from './text.ts';

/** A user's text is plain text, even if it looks like one of the tokenizer's special tokens. */
export const plain = { disallowedSpecial: new Set<string>() };

/**
 * Tokens of a text. The time to count grows with the square of a run's length (16 s for 200,000 letters without a
 * space), so long runs are broken up. Words and gaps of ordinary text are shorter and are counted exactly.
 */
function tokensIn(text: string): number {
	const broken = text.replace(/\S{200}(?=\S)/g, '$& ').replace(/\s{200}(?=\s)/g, '$&.');
	return countTokens(broken, plain);
}

/** Tokens of the names and arguments of tool calls. */
export function tokensOfCalls(calls: readonly ToolCall[]): number {
	return calls.reduce((sum, { function: { name, arguments: text } }) => sum + tokensIn(`${name} ${text ?? ''}`), 0);
}

/** Tokens of a prompt: of a chat, those of all texts and tool calls. */
export function tokensOfPrompt(prompt: Sampling['prompt']): number {
	const calls = typeof prompt === 'string' ? [] : prompt.flatMap((message) => message.tool_calls ?? []);
	return tokensIn(promptText(prompt)) + tokensOfCalls(calls);
}
