import { type Static, Type } from 'typebox';
import { Opt, withoutNulls } from '../contract/fields.ts';
import { LoggedModelConfig } from '../contract/modelConfigs.ts';
import { ToolConfigRequest, type ToolParameters } from '../contract/toolConfigs.ts';
import type { ArchivedConfig } from '../domain/archive.ts';
import { newToolConfig } from '../domain/logs/toolConfigs.ts';
import { type ConfigDescription, generatedName, newConfig } from '../domain/prompts/configs.ts';
import { AnyObject, checked, filledKeys, Id, Text, Time, timeIn } from './fields.ts';

type JsonObject = Record<string, unknown>;

/** What a version of a prompt has beside how it calls its model. */
const Version = Type.Object({
	version_id: Id,
	version_name: Text,
	version_description: Text,
	commit_message: Text,
	created_at: Time,
	updated_at: Time,
	/** In exports of this server: the parameters, under the names of the API. */
	parameters: AnyObject,
});

/** The template of a version, and how it calls its model. */
const Prompt = Type.Object({
	model: Type.String({ minLength: 1 }),
	endpoint: Text,
	template: Opt(
		Type.Unsafe<string | JsonObject[] | null>({ type: ['string', 'array', 'null'], items: { type: 'object' } }),
	),
	tools: Opt(Type.Array(Type.Object({}, { additionalProperties: true }))),
	linked_tools: Opt(Type.Array(Type.Object({}, { additionalProperties: true }))),
});

/** The settings that have the same name in an export and in a config. */
const sameNames = [
	'model',
	'provider',
	'max_tokens',
	'temperature',
	'top_p',
	'stop',
	'presence_penalty',
	'frequency_penalty',
	'other',
	'seed',
	'response_format',
	'reasoning_effort',
	'template_language',
] as const;

/** What a version can have and a config of this server has no place for. */
const withoutPlace = ['attributes', 'evaluators', 'evaluator_aggregates'] as const;

function templateOf({ endpoint, template }: Static<typeof Prompt>): Partial<ConfigDescription> {
	if (Array.isArray(template)) {
		const messages = template.map((message) => withoutNulls(message));
		return { endpoint: endpoint ?? 'chat', chat_template: messages } as Partial<ConfigDescription>;
	}
	// A chat begins with messages, so its text is what the user says.
	if (typeof template === 'string' && endpoint === 'chat')
		return { endpoint, chat_template: [{ role: 'user', content: template }] };
	const text = typeof template === 'string' ? { prompt_template: template } : undefined;
	return { endpoint: endpoint ?? (text === undefined ? 'chat' : 'complete'), ...text } as Partial<ConfigDescription>;
}

function toolsOf({ tools, linked_tools: linked }: Static<typeof Prompt>): Partial<ConfigDescription> {
	const all = [
		...(tools ?? []).map((tool) => withoutNulls(tool)),
		...(linked ?? []).map((tool) => ({ ...withoutNulls(tool), source: 'organization' })),
	];
	return all.length === 0 ? {} : { tools: all as JsonObject[] };
}

function describe(version: JsonObject): ConfigDescription {
	const prompt = checked(Prompt, version);
	const settings = Object.fromEntries(
		sameNames.map((name) => [name, version[name]]).filter(([, value]) => value !== null && value !== undefined),
	) as Partial<ConfigDescription>;
	if (settings.template_language === 'default') delete settings.template_language;
	const description = { ...settings, ...templateOf(prompt), ...toolsOf(prompt) };
	return checked(LoggedModelConfig, description) as ConfigDescription;
}

/** A version as it is stored, and the names of what it has that is not stored. */
export type ImportedVersion = { config: ArchivedConfig; withoutPlace: string[] };

/** What a version calls. In exports of this server, a version can also be the tool of a log. */
function contentOf(version: JsonObject, parameters: JsonObject | null | undefined, projectName: string) {
	if (parameters?.['type'] === 'tool') {
		const { proposedId: _, ...tool } = newToolConfig(
			projectName,
			checked(ToolConfigRequest, parameters) as ToolParameters,
		);
		return { ...tool, type: 'tool' as const };
	}
	const description = parameters ? checked(LoggedModelConfig, parameters) : describe(version);
	const { proposedId: _, ...model } = newConfig(projectName, description as ConfigDescription);
	return { ...model, type: 'model' as const };
}

/**
 * The config in the JSON of a version. `now` is its time if it says none. Throws ImportProblem that names what is missing
 * or wrong.
 */
export function toConfig(version: JsonObject, project: { id: string; name: string }, now: string): ImportedVersion {
	const head = checked(Version, version);
	const id = head.version_id;
	const content = contentOf(version, head.parameters, project.name);
	const generated = content.type === 'tool' ? content.name : generatedName(content.parameters.model, id);
	const createdAt = timeIn('created_at', head.created_at) ?? now;
	const config = {
		...content,
		id,
		projectId: project.id,
		name: head.version_name ?? generated,
		description: head.version_description ?? head.commit_message ?? null,
		createdAt,
		updatedAt: timeIn('updated_at', head.updated_at) ?? createdAt,
	};
	return { config, withoutPlace: filledKeys(version, withoutPlace) };
}

/** When a version was made, or an empty text. Throws ImportProblem. */
export function versionTime(version: JsonObject): string {
	return timeIn('created_at', checked(Version, version).created_at) ?? '';
}

/** What a version calls, in the form of the export tool, and as it is stored. */
export function exportedContent({ type, parameters }: ArchivedConfig): JsonObject {
	if (type === 'tool') return { type, parameters };
	const { chat_template: messages, prompt_template: text, ...others } = parameters;
	return { ...others, type: 'prompt', template: messages ?? text ?? null, parameters };
}
