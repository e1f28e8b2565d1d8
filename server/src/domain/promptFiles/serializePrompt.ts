import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import type { ConfigDescription } from '../prompts/configs.ts';
import { parsePrompt } from './parsePrompt.ts';
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

/** One setting as YAML. Lists and objects are JSON, which YAML contains. */
function setting(name: string, value: unknown): string {
	if (typeof value === 'object') return `${name}: ${JSON.stringify(value, null, 2)}\n`;
	return stringify({ [name]: value }, { lineWidth: 0, blockQuote: false });
}

function fileOf(settings: Record<string, unknown>, names: readonly string[], body: string): string {
	const head = names.filter((name) => settings[name] !== undefined).map((name) => setting(name, settings[name]));
	return `---\n${head.join('')}---\n${body}`;
}

/** Whether a file has this template when it is read. */
function holds(file: string, template: 'prompt_template' | 'chat_template', value: unknown): boolean {
	try {
		return isDeepStrictEqual(parsePrompt(file)[template], value);
	} catch {
		return false;
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
	const { [own]: value } = config;
	if (value !== undefined) {
		const body = typeof value === 'string' ? `${/^\n/.test(value) ? '\n' : ''}${value}\n` : writeChat(value);
		const file = fileOf(settings, [...order, other], body);
		if (holds(file, own, value)) return file;
	}
	// Without a template, an empty body would be read as an empty one.
	return fileOf({ ...settings, [own]: value ?? null }, [...order, other, own], '');
}
