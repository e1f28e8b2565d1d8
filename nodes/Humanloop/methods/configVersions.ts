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
		template_language?: string | null;
		tools?: unknown[] | null;
	};
	created_at: string;
}

/** What humanloop-server says about a provider in `GET /models`, which v4 does not have. */
export interface Provider {
	name: string;
	available: boolean;
	reason?: string;
}

/**
 * The entries of the list, newest first: "v3 · name or description · provider model · 24 Nov 14:05 · …end of the ID".
 * What the server cannot run says why after the version number, because the editor cuts long entries off.
 *
 * @param configs all of one project: a version's number is its position by creation
 * @param providers null if the host does not tell what it can run
 */
export function versionsOf(
	configs: ProjectConfig[],
	providers: Provider[] | null,
	timezone: string,
): INodeListSearchItems[] {
	return [...configs]
		.sort((a, b) => b.created_at.localeCompare(a.created_at))
		.map(({ config, created_at }, position) => {
			const obstacle = providers && obstacleOf(config, providers);
			const parts = [
				`v${configs.length - position}${obstacle ? ` [${obstacle}]` : ''}`,
				config.name || config.description,
				[config.provider, config.model].filter(Boolean).join(' '),
				tryToParseDateTime(created_at, timezone).setZone(timezone).setLocale('en').toFormat('d LLL HH:mm'),
				`…${config.id.slice(-5)}`,
			];
			return { name: parts.filter(Boolean).join(' · '), value: config.id };
		});
}

/** Why humanloop-server would refuse to run a config as a completion, or null. */
function obstacleOf(config: ProjectConfig['config'], providers: Provider[]): string | null {
	const { endpoint, prompt_template, chat_template, template_language, tools } = config;
	if (endpoint && endpoint !== 'complete') return `cannot run: endpoint ${endpoint}`;
	if (chat_template) return 'cannot run: chat template';
	if (typeof prompt_template !== 'string') return 'cannot run: no prompt template';
	if (tools?.length) return 'cannot run: tools';
	if (template_language && template_language !== 'default') return `cannot run: template language ${template_language}`;
	const provider = providers.find(({ name }) => name === config.provider);
	if (!provider || provider.available) return null;
	return provider.reason?.replace(/\.$/, '') ?? `cannot run: provider ${provider.name}`;
}
