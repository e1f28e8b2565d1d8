import { tryToParseDateTime, type INodeListSearchItems } from 'n8n-workflow';

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

/** In characters. The editor cuts entries off that are wider than the list. */
const longestPart = 40;

/**
 * The entries of the list, newest first: "v3 · description or name · provider model · 24 Nov 14:05 · …end of the ID".
 * The description comes before the name, because versions of a prompt often share their name, and humanloop-server
 * makes one up where there is none. What the server cannot run says why after the version number, because the editor
 * cuts long entries off.
 *
 * @param configs all of one project: a version's number is its position by creation. One whose time cannot be read
 *   counts as the oldest
 * @param providers null if the host does not say what it can run
 */
export function versionsOf(
	configs: ProjectConfig[],
	providers: Provider[] | null,
	timezone: string,
): INodeListSearchItems[] {
	return configs
		.map(({ config, created_at }) => ({ config, created_at, time: shownTime(created_at, timezone) }))
		.sort((a, b) => sortKey(b).localeCompare(sortKey(a)))
		.map(({ config, time }, position) => {
			const obstacle = providers && obstacleOf(config, providers);
			const parts = [
				`v${configs.length - position}${obstacle ? ` [${obstacle}]` : ''}`,
				cut(config.description) || cut(config.name),
				[config.provider, config.model].filter(Boolean).join(' '),
				time,
				`…${config.id.slice(-5)}`,
			];
			return { name: parts.filter(Boolean).join(' · '), value: config.id };
		});
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

/** Why humanloop-server would refuse to run a config as a completion, or null. */
function obstacleOf(config: ProjectConfig['config'], providers: Provider[]): string | null {
	const { endpoint, prompt_template, chat_template, tools } = config;
	if (endpoint && endpoint !== 'complete') return `cannot run: endpoint ${endpoint}`;
	if (chat_template) return 'cannot run: chat template';
	if (typeof prompt_template !== 'string') return 'cannot run: no prompt template';
	if (tools?.length) return 'cannot run: tools';
	const provider = providers.find(({ name }) => name === config.provider);
	if (!provider || provider.available) return null;
	return cut(provider.reason).replace(/\.$/, '') || `cannot run: provider ${provider.name}`;
}
