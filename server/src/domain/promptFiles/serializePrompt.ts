import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import type { ChatMessage } from '../../contract/messages.ts';
import type { ConfigDescription } from '../prompts/configs.ts';
import { normalize, readBody } from './parsePrompt.ts';
import { writeChat } from './writeChat.ts';

/** The order of the settings in a file: that of Humanloop's own files, and then those that they do not show. */
const order = [
	'name',
	'description',
	'model',
	'temperature',
	'max_tokens',
	'top_p',
	'stop',
	'presence_penalty',
	'frequency_penalty',
	'seed',
	'reasoning_effort',
	'response_format',
	'other',
	'provider',
	'endpoint',
	'template_language',
	'tools',
] as const satisfies (keyof ConfigDescription)[];

/** A longer text is written as JSON, which is quicker. */
const maxPlain = 1_000;

/** One setting as YAML. Lists and objects are JSON, which YAML contains. */
function setting(name: string, value: unknown): string {
	const isLong = typeof value === 'string' && value.length > maxPlain;
	if (typeof value === 'object' || isLong) return `${name}: ${JSON.stringify(value, null, 2)}\n`;
	return stringify({ [name]: value }, { lineWidth: 0, blockQuote: false });
}

function fileOf(settings: Record<string, unknown>, names: readonly string[], body: string): string {
	const head = names.filter((name) => settings[name] !== undefined).map((name) => setting(name, settings[name]));
	return `---\n${head.join('')}---\n${body}`;
}

/** The body of a file from which this template is read as it is. Undefined if there is none. */
function bodyFor(template: string | ChatMessage[]): string | undefined {
	const isChat = typeof template !== 'string';
	const body = isChat ? writeChat(template) : `${template.startsWith('\n') ? '\n' : ''}${template}\n`;
	try {
		return isDeepStrictEqual(readBody(normalize(body), isChat), template) ? body : undefined;
	} catch {
		// Further keys of messages can be anything, a role of the wrong kind for example.
		return undefined;
	}
}

/**
 * The text of a .prompt file for a config. `parsePrompt` reads the same config from it, with the same ID. The template
 * is the body of the file if that keeps it exactly, else one of the settings.
 */
export function serializePrompt(config: ConfigDescription): string {
	const endpoint = config.endpoint ?? 'complete';
	const [own, other] =
		endpoint === 'chat'
			? (['chat_template', 'prompt_template'] as const)
			: (['prompt_template', 'chat_template'] as const);
	const settings: Record<string, unknown> = { ...config, endpoint };
	if (isDeepStrictEqual(settings['other'], {})) delete settings['other'];
	const template = config[own];
	const body = template === undefined ? undefined : bodyFor(template);
	if (body !== undefined) return fileOf(settings, [...order, other], body);
	// An empty body would be read as an empty template.
	return fileOf({ ...settings, [own]: template ?? null }, [...order, other, own], '');
}
