import type { LogResponse } from '../../contract/logs.ts';
import type { ToolCall } from '../../contract/messages.ts';

/** What a model answered, as a text: what it said, and the tools that it called. */
export function outputText({ output, output_message: message }: LogResponse): string {
	const calls = (message as { tool_calls?: ToolCall[] | null } | null)?.tool_calls ?? [];
	const texts = calls.map(({ function: { name, arguments: given } }) => `${name}(${given ?? ''})`);
	return [output ?? '', ...texts].filter((text) => text !== '').join('\n');
}
