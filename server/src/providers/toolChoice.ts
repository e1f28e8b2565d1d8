import type { ToolChoice } from '../contract/messages.ts';
import { unprocessable } from '../domain/apiError.ts';
import type { Sampling } from '../domain/provider.ts';

/**
 * Which tools the model may call, if there are any: without tools, "auto" and "none" say nothing, and hosts refuse them.
 * Throws 422 if a tool must be called that the model config does not have.
 */
export function checkedToolChoice({ tools, toolChoice }: Sampling): ToolChoice | undefined {
	if (toolChoice === undefined || toolChoice === 'auto' || toolChoice === 'none') {
		return tools.length === 0 ? undefined : toolChoice;
	}
	if (tools.length === 0) {
		throw unprocessable(
			'"tool_choice" asks for a tool call, but the model config has no tools. Add them to the config, or leave it out.',
		);
	}
	if (toolChoice === 'required') return toolChoice;
	const names = tools.map((tool) => tool.function.name);
	const { name } = toolChoice.function;
	if (names.includes(name)) return toolChoice;
	throw unprocessable(`"tool_choice" names the tool "${name}". The model config has these tools: ${names.join(', ')}.`);
}
