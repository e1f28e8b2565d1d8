import { withoutNulls } from '../../contract/fields.ts';
import type { ConfigDescription } from '../prompts/configs.ts';
import { looksLikeChat, parseChat } from './chatBody.ts';
import { readHead, split } from './frontMatter.ts';
import { at } from './problems.ts';

/**
 * Reads the text of a .prompt file. Without `endpoint`, the form of the body decides. A file has the same config ID
 * however it was saved: line ends become `\n`, and a newline before the body and white space after it are removed. A
 * template among the settings takes the place of the body. Throws PromptFileError.
 */
export function parsePrompt(raw: string): ConfigDescription {
	const text = raw.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
	const { head, body, bodyLine } = split(text);
	const given = readHead(head);
	const settings = withoutNulls(given) as Partial<ConfigDescription>;
	const endpoint = settings.endpoint ?? (looksLikeChat(body) ? 'chat' : 'complete');
	const template = endpoint === 'chat' ? 'chat_template' : 'prompt_template';
	if (Object.hasOwn(given, template)) {
		if (body.trim() !== '') throw at(bodyLine, `the settings have a ${template}, so nothing can follow them`);
		return { ...settings, endpoint } as ConfigDescription;
	}
	const value =
		endpoint === 'chat' ? parseChat({ text: body, firstLine: bodyLine }) : body.replace(/^\n/, '').trimEnd();
	return { ...settings, endpoint, [template]: value } as ConfigDescription;
}
