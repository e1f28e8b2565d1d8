import type { ChatMessage } from '../../contract/messages.ts';
import { withoutNulls } from '../../contract/fields.ts';
import type { ConfigDescription } from '../prompts/configs.ts';
import { looksLikeChat, parseChat } from './chatBody.ts';
import { readHead, split } from './frontMatter.ts';
import { at } from './problems.ts';

/** The template in the body of a file: messages for a chat, else a text. */
export function readBody(body: string, isChat: boolean, firstLine = 1): string | ChatMessage[] {
	return isChat ? parseChat({ text: body, firstLine }) : body.replace(/^\n/, '').trimEnd();
}

/** A file as it is read, however it was saved. */
export function normalize(file: string): string {
	return file.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
}

/**
 * Reads the text of a .prompt file. Without `endpoint`, the form of the body decides. A file has the same config ID
 * however it was saved: line ends become `\n`, and a newline before the body and white space after it are removed. A
 * template among the settings takes the place of the body. `maxSettings` is how many characters the settings can have:
 * YAML is slow to read. Throws PromptFileError.
 */
export function parsePrompt(file: string, maxSettings = Infinity): ConfigDescription {
	const { head, body, bodyLine } = split(normalize(file));
	if (head.length > maxSettings) {
		throw at(
			2,
			`the settings have ${head.length} characters, and at most ${maxSettings} are allowed here. Shorten them`,
		);
	}
	const given = readHead(head);
	const settings = withoutNulls(given) as Partial<ConfigDescription>;
	const endpoint = settings.endpoint ?? (looksLikeChat(body) ? 'chat' : 'complete');
	const template = endpoint === 'chat' ? 'chat_template' : 'prompt_template';
	if (Object.hasOwn(given, template)) {
		if (body.trim() !== '') throw at(bodyLine, `the settings have a ${template}, so nothing can follow them`);
		return { ...settings, endpoint } as ConfigDescription;
	}
	return { ...settings, endpoint, [template]: readBody(body, endpoint === 'chat', bodyLine) } as ConfigDescription;
}
