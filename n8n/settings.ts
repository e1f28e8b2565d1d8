/** What a process may inherit: where things are, and how the network is reached; no other n8n's settings. */
const inherited =
	/^(PATH|HOME|LANG|LC_\w+|TZ|TMPDIR|GENERIC_TIMEZONE|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|https?_proxy|no_proxy|all_proxy)$/i;

/**
 * The environment of an n8n that listens on this machine alone and asks no other one: without telemetry, banners, news,
 * templates, license renewal, and the lists of verified community nodes and MCP servers. (Names and effects: @n8n/config and
 * community-packages.config.js of n8n 2.41.1.)
 */
export function quietSettings(): Record<string, string> {
	const own = Object.entries(process.env).filter(([name, value]) => inherited.test(name) && value !== undefined);
	return {
		...(Object.fromEntries(own) as Record<string, string>),
		NODE_ENV: 'production',
		N8N_HOST: '127.0.0.1',
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_RUNNERS_BROKER_LISTEN_ADDRESS: '127.0.0.1',
		// Browsers keep a cookie that is for https alone away from http.
		N8N_SECURE_COOKIE: 'false',
		N8N_DIAGNOSTICS_ENABLED: 'false',
		N8N_DYNAMIC_BANNERS_ENABLED: 'false',
		N8N_HIRING_BANNER_ENABLED: 'false',
		N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
		N8N_PERSONALIZATION_ENABLED: 'false',
		N8N_TEMPLATES_ENABLED: 'false',
		N8N_VERIFIED_PACKAGES_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
		// Without the Assistant, n8n opens on the list of workflows.
		N8N_DISABLED_MODULES: 'mcp-registry,instance-ai',
	};
}
