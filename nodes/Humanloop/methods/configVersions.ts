import { tryToParseDateTime, type INodeListSearchItems } from 'n8n-workflow';

import type { DeployedConfig } from '../shared/deployed';

/** The part of the API's `ProjectConfigResponse` that is used here. */
export interface ProjectConfig {
	config: {
		id: string;
		name?: string | null;
		description?: string | null;
		provider?: string | null;
		model: string;
		endpoint?: string | null;
		prompt_template?: string | null;
		chat_template?: unknown[] | null;
		tools?: unknown[] | null;
	};
	created_at?: unknown;
}

/** What humanloop-server says about a provider in `GET /models`, which v4 does not have. */
export interface Provider {
	name: string;
	available?: unknown;
	/** Whether each call must bring a key, because the server has none. */
	needs_key?: unknown;
	reason?: unknown;
}

/** A config of a project as the lists show it. */
export interface Version {
	id: string;
	/** "v3", and in brackets why it cannot run. */
	label: string;
	description: string;
	provider: string;
	model: string;
	/** When it was created, or null if that cannot be read. */
	time: string | null;
}

/** In characters. The editor cuts entries off that are wider than the list. */
const longestPart = 40;

/**
 * The versions of a prompt, newest first. The description comes before the name, because versions of a prompt often share
 * their name, and humanloop-server makes one up where there is none.
 *
 * @param configs all of one project: a version's number is its position by creation. One whose time cannot be read
 *   counts as the oldest
 * @param providers null if the host does not say what it can run
 * @param resource the one that is to run them: 'chat' or 'completion'. Another one runs none
 */
export function versionsOf(
	configs: ProjectConfig[],
	providers: Provider[] | null,
	resource: string,
	timezone: string,
): Version[] {
	return configs
		.map(({ config, created_at }) => ({ config, created_at, time: shownTime(created_at, timezone) }))
		.sort((a, b) => sortKey(b).localeCompare(sortKey(a)))
		.map(({ config, time }, position) => {
			const obstacle = providers && obstacleOf(config, providers, resource);
			return {
				id: config.id,
				label: `v${configs.length - position}${inBrackets(obstacle)}`,
				description: cut(config.description) || cut(config.name),
				provider: config.provider ?? '',
				model: config.model,
				time,
			};
		});
}

/**
 * The entries of the list of versions: "v3 [production] · description or name · provider model · 24 Nov 14:05 · …end of
 * the ID". Why a version cannot run, and where it is deployed, come after its number, because the editor cuts long entries
 * off.
 */
export function versionEntries(versions: Version[], deployed: DeployedConfig[]): INodeListSearchItems[] {
	return versions.map(({ id, label, description, provider, model, time }) => {
		const environments = deployed.filter(({ model_config_id }) => model_config_id === id);
		const names = environments.map(({ environment_name: name }) => name).join(', ');
		const modelName = [provider, model].filter(Boolean).join(' ');
		return entry([label + inBrackets(cut(names)), description, modelName, time, `…${id.slice(-5)}`], id);
	});
}

function entry(parts: Array<string | null | undefined>, value: string): INodeListSearchItems {
	return { name: parts.filter(Boolean).join(' · '), value };
}

function inBrackets(text: string | null): string {
	return text ? ` [${text}]` : '';
}

function sortKey({ created_at, time }: { created_at?: unknown; time: string | null }): string {
	return time === null ? '' : String(created_at);
}

/** @returns such as "24 Nov 14:05", with the year if it is not this one, or null if it is no time */
function shownTime(value: unknown, timezone: string): string | null {
	if (typeof value !== 'string') return null;
	const inZone = (text: string) => tryToParseDateTime(text, timezone).setZone(timezone).setLocale('en');
	try {
		const time = inZone(value);
		const isThisYear = time.year === inZone(new Date().toISOString()).year;
		return time.toFormat(isThisYear ? 'd LLL HH:mm' : 'd LLL yyyy HH:mm');
	} catch {
		return null;
	}
}

/** @returns the text on one line, and not too long; nothing if it is no text */
function cut(text: unknown): string {
	if (typeof text !== 'string') return '';
	const characters = [...text.replace(/\s+/g, ' ').trim()];
	if (characters.length <= longestPart) return characters.join('');
	return `${characters.slice(0, longestPart).join('').trimEnd()}…`;
}

/** Why humanloop-server would refuse to run a config, or null. */
function obstacleOf(config: ProjectConfig['config'], providers: Provider[], resource: string): string | null {
	const obstacle = config.endpoint === 'chat' ? obstacleToChat(config) : obstacleToCompletion(config);
	if (obstacle) return `cannot run: ${obstacle}`;
	if (resource === 'chat' && config.endpoint !== 'chat') return 'cannot run: completion config';
	if (resource === 'completion' && config.endpoint === 'chat') return 'cannot run: chat config';
	const provider = providers.find(({ name }) => name === config.provider);
	if (!provider || provider.available) return null;
	return cut(provider.reason).replace(/\.$/, '') || `cannot run: provider ${provider.name}`;
}

function obstacleToChat({ prompt_template }: ProjectConfig['config']): string | null {
	return typeof prompt_template === 'string' ? 'prompt template' : null;
}

function obstacleToCompletion({ endpoint, prompt_template, chat_template, tools }: ProjectConfig['config']) {
	if (endpoint && endpoint !== 'complete') return `endpoint ${endpoint}`;
	if (chat_template) return 'chat template';
	if (typeof prompt_template !== 'string') return 'no prompt template';
	return tools?.length ? 'tools' : null;
}
