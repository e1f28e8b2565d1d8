import type { IDataObject } from 'n8n-workflow';

import { withLongIntegers } from '../values/longIntegers';

/** A tool call as the API has it. The arguments are the text that the model wrote. */
interface ToolCall extends IDataObject {
	id?: string;
	function?: { name?: string; arguments?: string | null };
}

/**
 * The tools that a model wants to call.
 *
 * @param answer a sample of a chat, or a log
 * @returns `{name, args, id}` of each: the arguments as an object, or as text if they are not JSON. They are named as in
 *   LangChain, because n8n's expressions cannot read a field named `arguments` (n8n 2.41.1)
 */
export function toolCallsOf(answer: IDataObject): IDataObject[] {
	const message = answer.output_message as IDataObject | null | undefined;
	const calls = message?.tool_calls;
	if (!Array.isArray(calls)) return [];
	return (calls as ToolCall[]).map(({ id, function: called }) => ({
		name: called?.name ?? null,
		args: parsedOrText(called?.arguments ?? '{}'),
		id: id ?? null,
	}));
}

/** A message without what it does not have, as you send it in the next call. */
export function withoutNulls(message: IDataObject): IDataObject {
	return Object.fromEntries(Object.entries(message).filter(([, value]) => value !== null));
}

function parsedOrText(text: string): IDataObject | string {
	try {
		return withLongIntegers(JSON.parse(text) as IDataObject, text);
	} catch {
		return text;
	}
}
