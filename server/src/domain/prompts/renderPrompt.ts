import type { ChatMessage, ContentPart } from '../../contract/messages.ts';
import { unprocessable } from '../apiError.ts';
import type { ModelParameters } from '../entities.ts';
import { checkJinja, renderJinja, type Template } from './jinja.ts';
import { fillTemplates } from './template.ts';

/** The messages with other texts: those of `content`, and the addresses of images. */
function withTexts(messages: readonly ChatMessage[], textOf: (template: Template) => string): ChatMessage[] {
	return messages.map((message, index) => {
		const field = `chat_template[${index}].content`;
		const { content } = message;
		if (typeof content === 'string') return { ...message, content: textOf({ field, text: content }) };
		if (!Array.isArray(content)) return message;
		const parts = content.map((part, place): ContentPart => {
			const partField = `${field}[${place}]`;
			if (part.type === 'text') return { ...part, text: textOf({ field: `${partField}.text`, text: part.text }) };
			const url = textOf({ field: `${partField}.image_url.url`, text: part.image_url.url });
			return { ...part, image_url: { ...part.image_url, url } };
		});
		return { ...message, content: parts };
	});
}

/** What of a config its prompt is made from. */
export type PromptParameters = Pick<
	ModelParameters,
	'endpoint' | 'prompt_template' | 'chat_template' | 'template_language'
>;

/** The templates of a config, in the order of the prompt. */
function templatesOf({ endpoint, prompt_template: prompt, chat_template: chat }: PromptParameters): Template[] {
	if (endpoint !== 'chat') return prompt === undefined ? [] : [{ field: 'prompt_template', text: prompt }];
	const templates: Template[] = [];
	withTexts(chat ?? [], (template) => {
		templates.push(template);
		return template.text;
	});
	return templates;
}

/**
 * The prompt of a config, filled from the inputs: a text to complete, or for the endpoint `chat` the messages of the
 * chat_template, which can be none. `checkLength` gets the length of all texts together, in characters, and throws if
 * that is too long. Throws a 422 that names the inputs that are missing, or what is wrong in a Jinja template. Jinja
 * templates can wait for those of other calls: when the signal is aborted, that ends, and its reason is thrown.
 */
export async function renderPrompt(
	parameters: PromptParameters,
	inputs: Record<string, unknown>,
	checkLength: (length: number) => void,
	signal?: AbortSignal,
): Promise<string | ChatMessage[]> {
	const templates = templatesOf(parameters);
	const texts =
		parameters.template_language === 'jinja'
			? await renderJinja(templates, inputs, checkLength, signal)
			: fillTemplates(
					templates.map(({ text }) => text),
					inputs,
					checkLength,
				);
	if (parameters.endpoint !== 'chat') {
		const [text] = texts;
		if (text === undefined) {
			throw unprocessable('The model config has no prompt_template. Register a config that has one.');
		}
		return text;
	}
	const filled = texts.values();
	return withTexts(parameters.chat_template ?? [], () => filled.next().value as string);
}

/** Throws a 422 if a config's templates are in Jinja and have a syntax error. Those in the default language cannot have one. */
export async function checkTemplates(parameters: PromptParameters): Promise<void> {
	if (parameters.template_language === 'jinja') await checkJinja(templatesOf(parameters));
}
