import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { messageOf } from './domain/apiError.ts';
import { defaultBytes } from './domain/memory.ts';
import type { ProviderSettings } from './providers/registry.ts';

export type Settings = {
	host: string;
	port: number;
	dataDir: string;
	databaseUrl: string | undefined;
	databasePoolSize: number;
	databaseWaitMs: number;
	promptsDir: string | undefined;
	publicUrl: string | undefined;
	maxPromptFiles: number;
	apiKey: string | undefined;
	providers: ProviderSettings;
	logLevel: LogLevel;
	maxInFlight: number;
	maxEntries: number;
	maxWrongKeys: number;
	maxResponseBytes: number;
	maxCallBytes: number;
	maxPageBytes: number;
	maxBytesInFlight: number;
	providerTimeoutMs: number;
	disconnectGraceMs: number;
	busyTimeoutMs: number;
	unreadBodyTimeoutMs: number;
};

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
type LogLevel = (typeof logLevels)[number];

type Environment = Record<string, string | undefined>;

/** The value of a variable. An empty one counts as not set. */
function valueOf(env: Environment, name: string): string | undefined {
	const value = env[name]?.trim();
	return value === '' ? undefined : value;
}

function problem(name: string, value: string, allowed: string): string {
	return `${name} is ${JSON.stringify(value)}, which cannot be used: ${allowed}.`;
}

function portOf(text: string, problems: string[]): number {
	const port = Number(text);
	if (!/^\d{1,5}$/.test(text) || port > 65535) {
		problems.push(problem('PORT', text, 'it must be a whole number from 0 to 65535 (0: any free port)'));
	}
	return port;
}

function countOf(
	env: Environment,
	name: string,
	defaultCount: number,
	max: number,
	problems: string[],
	min = 1,
): number {
	const text = valueOf(env, name) ?? String(defaultCount);
	const count = Number(text);
	if (!/^\d{1,10}$/.test(text) || count < min || count > max) {
		problems.push(problem(name, text, `it must be a whole number from ${min} to ${max}`));
	}
	return count;
}

function dataDirOf(path: string, problems: string[]): string {
	const dir = resolve(path);
	try {
		// Prompts and logs are not for other users of the machine; see storage/fileModes.
		mkdirSync(dir, { recursive: true, mode: 0o700 });
		accessSync(dir, constants.W_OK | constants.X_OK);
	} catch (error) {
		problems.push(
			problem('DATA_DIR', path, `it must be a folder that can be created and written to (${messageOf(error)})`),
		);
	}
	return dir;
}

/** The value can contain a password, so it is not shown. */
function databaseUrlOf(text: string | undefined, problems: string[]): string | undefined {
	const url = text === undefined ? undefined : URL.parse(text);
	if (url === undefined || ['postgres:', 'postgresql:'].includes(url?.protocol ?? '')) return text;
	problems.push(
		'DATABASE_URL cannot be used: it must be the address of a PostgreSQL database, such as ' +
			'postgres://user:password@host:5432/database. Write special characters of the password in percent-encoding.',
	);
	return text;
}

function promptsDirOf(path: string, problems: string[]): string {
	const dir = resolve(path);
	if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) {
		problems.push(problem('PROMPTS_DIR', path, 'it must be a folder that exists'));
	}
	return dir;
}

/** The address without a slash at its end. */
function publicUrlOf(text: string, problems: string[]): string {
	const url = URL.parse(text);
	const isWeb = url !== null && ['http:', 'https:'].includes(url.protocol);
	if (!isWeb || url.href !== `${url.origin}/`) {
		// The value can contain a password, so it is not shown.
		problems.push(
			'PUBLIC_URL cannot be used: it must be an http or https address without a path and without a password, ' +
				'for example https://humanloop.example.com.',
		);
	}
	return url?.origin ?? '';
}

function baseUrlOf(text: string, problems: string[]): string {
	const url = URL.parse(text);
	const usable =
		url !== null && ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === '';
	if (!usable) {
		// The value can contain a password, so it is not shown.
		problems.push('OPENAI_BASE_URL cannot be used: it must be an http or https address without a password in it.');
	}
	return text;
}

/** HTTP headers cannot hold other characters. The value is not shown, because it is a key. */
function keyOf(env: Environment, name: string, problems: string[]): string | undefined {
	const key = valueOf(env, name);
	if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) {
		problems.push(`${name} cannot be used: a key must have only ASCII characters and no white space.`);
	}
	return key;
}

/** Other machines can try keys, so a short one would be found. */
const minExposedKeyLength = 20;

function checkExposedKey({ host, apiKey }: Settings, problems: string[]): void {
	if (isLoopback(host) || apiKey === undefined || apiKey.length >= minExposedKeyLength) return;
	problems.push(
		`HUMANLOOP_API_KEY is too short for HOST ${host}, which other machines can reach: use ${minExposedKeyLength} characters ` +
			'or more, for example from "openssl rand -hex 24", or set HOST to 127.0.0.1.',
	);
}

function logLevelOf(text: string, problems: string[]): LogLevel {
	const level = logLevels.find((known) => known === text);
	if (level === undefined) problems.push(problem('LOG_LEVEL', text, `it must be one of ${logLevels.join(', ')}`));
	return level ?? 'info';
}

/**
 * Reads the settings from environment variables, and creates DATA_DIR if it is used and does not exist. `problems` has a line for
 * every unusable value. If it is not empty, do not use the settings.
 */
export function readSettings(env: Environment): { settings: Settings; problems: string[] } {
	const problems: string[] = [];
	const promptsDir = valueOf(env, 'PROMPTS_DIR');
	const publicUrl = valueOf(env, 'PUBLIC_URL');
	const openaiKey = keyOf(env, 'OPENAI_API_KEY', problems);
	const openaiUrl = valueOf(env, 'OPENAI_BASE_URL');
	const databaseUrl = databaseUrlOf(valueOf(env, 'DATABASE_URL'), problems);
	const dataDir = valueOf(env, 'DATA_DIR') ?? './.data';
	const settings: Settings = {
		host: valueOf(env, 'HOST') ?? '127.0.0.1',
		port: portOf(valueOf(env, 'PORT') ?? '8400', problems),
		// With PostgreSQL, nothing is in it.
		dataDir: databaseUrl === undefined ? dataDirOf(dataDir, problems) : resolve(dataDir),
		databaseUrl,
		databasePoolSize: countOf(env, 'DATABASE_POOL_SIZE', 10, 1_000, problems, 4),
		databaseWaitMs: countOf(env, 'DATABASE_WAIT_MS', 30_000, 3_600_000, problems, 0),
		promptsDir: promptsDir === undefined ? undefined : promptsDirOf(promptsDir, problems),
		publicUrl: publicUrl === undefined ? undefined : publicUrlOf(publicUrl, problems),
		maxPromptFiles: countOf(env, 'MAX_PROMPT_FILES', 10_000, 1_000_000, problems),
		apiKey: keyOf(env, 'HUMANLOOP_API_KEY', problems),
		providers: {
			openai: {
				...(openaiKey === undefined ? {} : { apiKey: openaiKey }),
				...(openaiUrl === undefined ? {} : { baseUrl: baseUrlOf(openaiUrl, problems) }),
			},
		},
		logLevel: logLevelOf(valueOf(env, 'LOG_LEVEL') ?? 'info', problems),
		maxInFlight: countOf(env, 'MAX_IN_FLIGHT', 512, 100_000, problems),
		maxEntries: countOf(env, 'MAX_ENTRIES', 1_000, 100_000, problems),
		maxWrongKeys: countOf(env, 'MAX_WRONG_KEYS', 20, 1_000, problems, 0),
		maxResponseBytes: countOf(env, 'MAX_RESPONSE_BYTES', defaultBytes.response, 2 ** 30, problems),
		maxCallBytes: countOf(env, 'MAX_CALL_BYTES', defaultBytes.call, 2 ** 30, problems),
		maxPageBytes: countOf(env, 'MAX_PAGE_BYTES', defaultBytes.page, 2 ** 28, problems),
		maxBytesInFlight: countOf(env, 'MAX_BYTES_IN_FLIGHT', defaultBytes.inFlight, 9_999_999_999, problems),
		providerTimeoutMs: countOf(env, 'PROVIDER_TIMEOUT_MS', 600_000, 2 ** 31 - 1, problems),
		disconnectGraceMs: countOf(env, 'DISCONNECT_GRACE_MS', 60_000, 2 ** 31 - 1, problems),
		busyTimeoutMs: countOf(env, 'BUSY_TIMEOUT_MS', 5_000, 600_000, problems),
		unreadBodyTimeoutMs: countOf(env, 'UNREAD_BODY_TIMEOUT_MS', 5_000, 2 ** 31 - 1, problems),
	};
	checkExposedKey(settings, problems);
	return { settings, problems };
}

/** Whether only this machine can reach a server that listens on this host. */
export function isLoopback(host: string): boolean {
	return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
