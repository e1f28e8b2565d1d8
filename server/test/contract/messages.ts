import { byType, either, list, oneOf, orNull, record, type Schema, text } from './notation.ts';

const functionTool = record({ name: text }, { arguments: text });

const toolCall = record({ id: { ...text, minLength: 1 }, type: oneOf('function'), function: functionTool });

const part = byType({
	text: record({ type: text, text }),
	image_url: record({ type: text, image_url: record({ url: text }, { detail: oneOf('high', 'low', 'auto') }) }),
});

export const toolCalls = orNull(list(toolCall));
export const deprecatedToolCall = orNull(functionTool);

/** The specification's keys, which may be absent or null. */
export const message: Schema = record(
	{ role: oneOf('user', 'assistant', 'system', 'tool') },
	{
		content: orNull(either(text, list(part))),
		name: orNull(text),
		tool_call_id: orNull(text),
		tool_calls: toolCalls,
		tool_call: deprecatedToolCall,
	},
);

export const toolChoice = orNull(
	either(oneOf('none', 'auto', 'required'), record({ type: oneOf('function'), function: record({ name: text }) })),
);

/** What a tool returned that ran while the template was filled. */
export const toolResult = record({ id: text, name: text, signature: text, result: text });
