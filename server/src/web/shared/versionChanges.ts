import type { ModelConfigResponse } from '../../contract/modelConfigs.ts';

/** One setting that two versions have differently, as people read it. */
export interface SettingChange {
	label: string;
	before: string;
	after: string;
}

const labels: Partial<Record<keyof ModelConfigResponse, string>> = {
	provider: 'Provider',
	model: 'Model',
	endpoint: 'Kind',
	temperature: 'Temperature',
	max_tokens: 'Longest answer, in tokens',
	top_p: 'Top P',
	stop: 'Stop',
	presence_penalty: 'Presence penalty',
	frequency_penalty: 'Frequency penalty',
	seed: 'Seed',
	response_format: 'Response format',
	reasoning_effort: 'Reasoning effort',
	template_language: 'Template language',
	tools: 'Tools',
	tool_configs: 'Linked tools',
	other: 'Other parameters',
};

function toText(key: string, value: unknown): string {
	if (value === null || value === undefined || (typeof value === 'object' && Object.keys(value).length === 0)) {
		return 'not set';
	}
	if (key === 'max_tokens' && value === -1) return 'no limit';
	return typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
}

/** The settings in which two versions differ. Without a version before, those of the new one that are set. */
export function changedSettings(before: ModelConfigResponse | undefined, after: ModelConfigResponse): SettingChange[] {
	return Object.entries(labels).flatMap(([key, label]) => {
		const name = key as keyof ModelConfigResponse;
		const texts = { before: toText(key, before?.[name]), after: toText(key, after[name]) };
		return texts.before === texts.after ? [] : [{ label, ...texts }];
	});
}

function contentText(content: unknown): string {
	return typeof content === 'string' ? content : JSON.stringify(content, undefined, 2);
}

/** The template of a version as one text. Each message of a chat begins with a line that names its role. */
export function templateText({ prompt_template, chat_template }: ModelConfigResponse): string {
	if (chat_template === null) return prompt_template ?? '';
	const messages = chat_template as { role: string; content?: unknown }[];
	return messages.map(({ role, content }) => `${role}:\n${contentText(content ?? '')}`).join('\n\n');
}
