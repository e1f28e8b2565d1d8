import type { IDataObject } from 'n8n-workflow';

/**
 * The two forms that Humanloop's own clients fill (prompt_utils of their Python SDK): a variable, and a tool call
 * whose whole signature is the input's name. At most one white space character stands on each side.
 */
const placeholder = /\{\{\s?([a-zA-Z_\d.[\]]+|[a-zA-Z_\-\d]+\([a-zA-Z_\-\d,\s"]+\))\s?\}\}/g;

/**
 * The variables of a model config's template, in order of appearance, each once.
 *
 * @param config the API's `ModelConfigResponse`
 * @returns null if they are unknown: there is no template, or it is in another template language
 */
export function variablesOf(config: IDataObject): string[] | null {
	if ((config.template_language ?? 'default') !== 'default') return null;
	const texts = templatesOf(config);
	return texts && [...new Set(texts.flatMap((text) => [...text.matchAll(placeholder)].map((match) => match[1]!)))];
}

/** The texts that are filled: the prompt, or those of all messages. A config for chats can have none. */
function templatesOf({ endpoint, prompt_template: prompt, chat_template: chat }: IDataObject): string[] | null {
	const isChat = endpoint === 'chat' || typeof prompt !== 'string';
	if (!isChat) return [prompt];
	if (Array.isArray(chat)) return (chat as unknown[]).flatMap(textsOf);
	return endpoint === 'chat' ? [] : null;
}

/** A message's texts: its content, or the texts and the addresses of images that its content consists of. */
function textsOf(message: unknown): string[] {
	const { content } = (message ?? {}) as IDataObject;
	if (typeof content === 'string') return [content];
	if (!Array.isArray(content)) return [];
	return (content as Array<IDataObject | null>)
		.map((part) => part?.text ?? (part?.image_url as IDataObject | undefined)?.url)
		.filter((text) => typeof text === 'string');
}
