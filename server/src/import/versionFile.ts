import { type Static, Type } from 'typebox';
import { Opt, withoutNulls } from '../contract/fields.ts';
import { LoggedModelConfig } from '../contract/modelConfigs.ts';
import type { ModelConfig, ModelParameters } from '../domain/entities.ts';
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
export type ImportedVersion = { config: ModelConfig; withoutPlace: string[] };

/**
 * The config in the JSON of a version. `now` is its time if it says none. Throws ImportProblem that names what is missing
 * or wrong.
 */
export function toConfig(version: JsonObject, project: { id: string; name: string }, now: string): ImportedVersion {
	const head = checked(Version, version);
	const { version_id: id, parameters } = head;
	const description = parameters ? (checked(LoggedModelConfig, parameters) as ConfigDescription) : describe(version);
	const { proposedId: _, ...values } = newConfig(project.name, description);
	const { model } = values.parameters;
	const createdAt = timeIn('created_at', head.created_at) ?? now;
	return {
		config: {
			...values,
			id,
			projectId: project.id,
			type: 'model',
			name: head.version_name ?? generatedName(model, id),
			description: head.version_description ?? head.commit_message ?? null,
			createdAt,
			updatedAt: timeIn('updated_at', head.updated_at) ?? createdAt,
		},
		withoutPlace: filledKeys(version, withoutPlace),
	};
}

/** When a version was made, or an empty text. Throws ImportProblem. */
export function versionTime(version: JsonObject): string {
	return timeIn('created_at', checked(Version, version).created_at) ?? '';
}

/** The keys that describe parameters in the form of the export tool. */
export function exportedParameters(parameters: ModelParameters): JsonObject {
	const { chat_template: messages, prompt_template: text, ...others } = parameters;
	return { ...others, template: messages ?? text ?? null, parameters };
}
