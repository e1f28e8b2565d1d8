import {
	addressOf,
	booleanOf,
	choiceOf,
	countOf,
	databaseUrlOf,
	environmentAddressOf,
	fileOf,
	folderOf,
	keyOf,
	newFolderOf,
	originOf,
	originsOf,
	type OptionalSetting,
	type Setting,
	textOf,
	wordOf,
} from './config/kinds.ts';
import { type HostSettings, readHosts } from './config/hosts.ts';
import { changedSettings, readSetting, type Sources, type Texts } from './config/read.ts';
import { defaultBytes } from './domain/memory.ts';

/**
 * All settings, in the order of --help. Each is an environment variable and, unless it is secret, a flag. The table in
 * docs/settings.md says more about each.
 */
export const definitions = {
	host: textOf('HOST', '127.0.0.1', 'Address to listen on.'),
	port: countOf('PORT', 8400, 65_535, 'Port to listen on; 0 for any free one.', {
		min: 0,
		allowed: ' (0: any free port)',
	}),
	dataDir: newFolderOf('DATA_DIR', './.data', 'Folder of the SQLite database.'),
	databaseUrl: databaseUrlOf('DATABASE_URL', 'Address of a PostgreSQL database to use instead.'),
	databasePoolSize: countOf('DATABASE_POOL_SIZE', 10, 1_000, 'Connections to PostgreSQL.', { min: 4 }),
	databaseWaitMs: countOf('DATABASE_WAIT_MS', 30_000, 3_600_000, 'Milliseconds that a start waits for PostgreSQL.', {
		min: 0,
	}),
	migrateOnStart: booleanOf(
		'MIGRATE_ON_START',
		true,
		'Bring the database to the schema of this version at start. With false, run "migrate" first.',
	),
	promptsDir: folderOf('PROMPTS_DIR', 'Folder of .prompt files to read at start.'),
	maxPromptFiles: countOf('MAX_PROMPT_FILES', 10_000, 1_000_000, 'Files and folders that may be in PROMPTS_DIR.'),
	modelsFile: fileOf('MODELS_FILE', 'A file that says which models end, beside what this version knows.'),
	pricesFile: fileOf('PRICES_FILE', 'A file with your own prices of models.'),
	publicUrl: originOf('PUBLIC_URL', "The server's own address for people, for links to logs."),
	apiKey: keyOf('HUMANLOOP_API_KEY', 'A key that callers may use. It is not stored.'),
	openaiApiKey: keyOf('OPENAI_API_KEY', "OpenAI's key for calls that bring none."),
	openaiBaseUrl: addressOf('OPENAI_BASE_URL', "Another host that speaks OpenAI's API.", "OpenAI's"),
	azureApiKey: keyOf('AZURE_OPENAI_API_KEY', "Azure's key for calls that bring none."),
	azureEndpoint: addressOf('AZURE_OPENAI_ENDPOINT', 'The Azure resource for calls that name none.'),
	azureApiVersion: textOf('AZURE_OPENAI_API_VERSION', '2024-10-21', "The version of Azure's API."),
	azureHosts: originsOf(
		'AZURE_OPENAI_HOSTS',
		"Hosts beside Azure's own that callers may name, with commas between them.",
	),
	groqApiKey: keyOf('GROQ_API_KEY', "Groq's key for calls that bring none."),
	deepseekApiKey: keyOf('DEEPSEEK_API_KEY', "DeepSeek's key for calls that bring none."),
	mistralApiKey: keyOf('MISTRAL_API_KEY', "Mistral's key for calls that bring none."),
	cohereApiKey: keyOf('COHERE_API_KEY', "Cohere's key for calls that bring none."),
	ollamaBaseUrl: addressOf('OLLAMA_BASE_URL', "Ollama's address, such as http://127.0.0.1:11434/v1."),
	anthropicApiKey: keyOf('ANTHROPIC_API_KEY', "Anthropic's key for calls that bring none."),
	anthropicBaseUrl: addressOf('ANTHROPIC_BASE_URL', "Another host that speaks Anthropic's API.", "Anthropic's"),
	googleApiKey: keyOf('GOOGLE_API_KEY', "Google's key (Gemini API) for calls that bring none."),
	googleBaseUrl: addressOf('GOOGLE_BASE_URL', 'Another host that speaks the Gemini API.', "Google's"),
	bedrockApiKey: keyOf('AWS_BEARER_TOKEN_BEDROCK', 'A Bedrock API key for calls that bring none.'),
	awsRegion: wordOf('AWS_REGION', 'The region of AWS where Bedrock is called.', 'region'),
	awsAccessKeyId: keyOf('AWS_ACCESS_KEY_ID', 'An access key of AWS for Bedrock, in place of an API key.'),
	awsSecretAccessKey: keyOf('AWS_SECRET_ACCESS_KEY', 'The secret of that access key.'),
	awsSessionToken: keyOf('AWS_SESSION_TOKEN', 'The session token of an access key for a limited time.'),
	bedrockBaseUrl: addressOf('BEDROCK_BASE_URL', 'Another address of Bedrock.', "the region's"),
	maxInFlight: countOf('MAX_IN_FLIGHT', 512, 100_000, 'Completion calls at once.'),
	maxEntries: countOf('MAX_ENTRIES', 1_000, 100_000, 'Entries in one request for logs or feedback.'),
	maxWrongKeys: countOf('MAX_WRONG_KEYS', 20, 1_000, 'Wrong API keys from one address in a minute; 0 for any number.', {
		min: 0,
	}),
	maxResponseBytes: countOf('MAX_RESPONSE_BYTES', defaultBytes.response, 2 ** 30, "Bytes of one provider's response."),
	maxCallBytes: countOf('MAX_CALL_BYTES', defaultBytes.call, 2 ** 30, 'Bytes that one call stores and returns.'),
	maxPageBytes: countOf('MAX_PAGE_BYTES', defaultBytes.page, 2 ** 28, 'Bytes of one page of logs.'),
	maxBytesInFlight: countOf(
		'MAX_BYTES_IN_FLIGHT',
		defaultBytes.inFlight,
		9_999_999_999,
		'Bytes of memory that all requests may take together.',
		{ defaultWords: 'a quarter of the heap' },
	),
	providerTimeoutMs: countOf(
		'PROVIDER_TIMEOUT_MS',
		600_000,
		2 ** 31 - 1,
		'Milliseconds that a call may wait for its provider in all.',
	),
	disconnectGraceMs: countOf(
		'DISCONNECT_GRACE_MS',
		60_000,
		2 ** 31 - 1,
		'Milliseconds that a stream with an Idempotency-Key goes on after its caller has left.',
	),
	busyTimeoutMs: countOf(
		'BUSY_TIMEOUT_MS',
		5_000,
		600_000,
		"Milliseconds that a write waits for another process's lock on the database.",
	),
	unreadBodyTimeoutMs: countOf(
		'UNREAD_BODY_TIMEOUT_MS',
		30_000,
		2 ** 31 - 1,
		'Milliseconds that the rest of a body may take once its request is answered.',
	),
	logRetentionDays: countOf('LOG_RETENTION_DAYS', 0, 36_500, 'Days after which logs are deleted; 0 for never.', {
		min: 0,
	}),
	metricsToken: keyOf('METRICS_TOKEN', 'What reads /metrics must send, as a bearer token.'),
	otlpEndpoint: environmentAddressOf('OTEL_EXPORTER_OTLP_ENDPOINT', "Where OpenTelemetry's spans of calls go."),
	otlpTracesEndpoint: environmentAddressOf('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'The same, for spans only.'),
	minFreeDiskBytes: countOf(
		'MIN_FREE_DISK_BYTES',
		100 * 1024 * 1024,
		9_999_999_999,
		'With fewer bytes left on the disk of DATA_DIR, /readyz says no; 0 for any number.',
		{ min: 0 },
	),
	closeDelayMs: countOf(
		'CLOSE_DELAY_MS',
		0,
		600_000,
		'Milliseconds that the server goes on after a signal to stop, while /readyz says no.',
		{ min: 0 },
	),
	logLevel: choiceOf(
		'LOG_LEVEL',
		'info',
		['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
		'Log lines to write: fatal, error, warn, info, debug, trace or silent.',
	),
};

type Definitions = typeof definitions;
type ValueOf<S> = S extends OptionalSetting<infer T> ? T | undefined : S extends Setting<infer T> ? T : never;

export type SettingKey = keyof Definitions;
export type Settings = { [K in SettingKey]: ValueOf<Definitions[K]> } & {
	/** Hosts that speak OpenAI's API, from variables that the operator names, by the name of their provider. */
	hosts: Record<string, HostSettings>;
};

export const settingKeys = Object.keys(definitions) as SettingKey[];

/** Providers whose hosts have an address without a setting, or one of their own. */
const knownHosts = ['groq', 'deepseek', 'mistral', 'cohere', 'ollama'];

/** Other machines can try keys, so a short one would be found. */
const minExposedKeyLength = 20;

function checkExposedKey(name: string, key: string | undefined, host: string, problems: string[]): void {
	if (isLoopback(host) || key === undefined || key.length >= minExposedKeyLength) return;
	problems.push(
		`${name} is too short for HOST ${host}, which other machines can reach: use ${minExposedKeyLength} characters ` +
			'or more, for example from "openssl rand -hex 24", or set HOST to 127.0.0.1.',
	);
}

/**
 * Reads settings from flags and environment variables. `flags` has the text of each flag by the name of its variable.
 * `problems` has a line for every unusable value of the settings in `keys`. If it is not empty, use none of the settings.
 * Settings that are not in `keys` are not checked. `changed` has those that are not the default, without secrets.
 */
export function readSettings(
	env: Texts,
	flags: Texts = {},
	keys: readonly SettingKey[] = settingKeys,
): { settings: Settings; problems: string[]; changed: string[] } {
	const problems: string[] = [];
	const sources: Sources = { env, flags };
	// With PostgreSQL, nothing is in the folder.
	const isFolderUsed = readSetting(definitions.databaseUrl, sources, []) === undefined;
	const entries = settingKeys.map((key) => {
		const definition: Setting<unknown> = definitions[key];
		const isChecked = keys.includes(key) && (key !== 'dataDir' || isFolderUsed);
		return [key, readSetting(definition, sources, isChecked ? problems : [])] as const;
	});
	const isStart = keys.includes('openaiApiKey');
	const { hosts, changed: changedHosts } = isStart ? readHosts(env, knownHosts, problems) : { hosts: {}, changed: [] };
	const settings = { ...Object.fromEntries(entries), hosts } as Settings;
	if (keys.includes('host')) {
		checkExposedKey('HUMANLOOP_API_KEY', settings.apiKey, settings.host, problems);
		checkExposedKey('METRICS_TOKEN', settings.metricsToken, settings.host, problems);
	}
	if (
		keys.includes('awsAccessKeyId') &&
		(settings.awsAccessKeyId === undefined) !== (settings.awsSecretAccessKey === undefined)
	) {
		problems.push('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together: set both, or neither.');
	}
	const named = changedSettings(
		keys.map((key) => definitions[key]),
		sources,
	);
	const changed = [...named, ...changedHosts];
	return { settings, problems, changed };
}

/** Whether only this machine can reach a server that listens on this host. */
export function isLoopback(host: string): boolean {
	return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
