import type { FastifyInstance } from 'fastify';
import type { HttpOptions } from './http/fastify.ts';
import type { ImportedPrompt } from './import/promptFiles.ts';
import type { ProviderSettings } from './providers/registry.ts';

export type AppOptions = HttpOptions & {
	/** The folder of the database file. It is created if it does not exist and `databaseUrl` is not set. */
	dataDir: string;
	/** The address of a PostgreSQL database to use instead of a file. */
	databaseUrl?: string | undefined;
	/** How many connections to PostgreSQL there may be. Default: 10. */
	databasePoolSize?: number;
	/** How long the start waits for PostgreSQL to be there, in milliseconds. Default: 30,000. */
	databaseWaitMs?: number;
	/** Called once if it has to wait. */
	onDatabaseWait?: (error: unknown) => void;
	/** Whether to run pending migrations. If not, and there is one, the start fails. Default: true. */
	migrateOnStart?: boolean;
	/** A folder of .prompt files to read at start. */
	promptsDir?: string | undefined;
	/** The server's own address, http or https without a path, for links to logs. Without it, there are none. */
	publicUrl?: string | undefined;
	/** The folder of the built page. Default: where its build writes it. */
	pageFolder?: string;
	/** A file that says which models end. It counts more than what this version knows. */
	modelsFile?: string | undefined;
	/** A file with the operator's own prices. They count more than those that providers publish. */
	pricesFile?: string | undefined;
	/** How many files and folders may be in that folder. Default: 10,000. */
	maxPromptFiles?: number;
	/** A key that is valid while the server runs. It is not stored. */
	apiKey?: string | undefined;
	/** Whether other machines can reach the server. If so, a key must exist already. */
	exposed?: boolean;
	/** How many different wrong keys one address may send within a window. 0: any number. Default: 20. */
	maxWrongKeys?: number;
	/** How long that window is, in milliseconds. Default: one minute. */
	wrongKeyWindowMs?: number;
	providers: ProviderSettings;
	/** During shutdown: how long a caller may read nothing of its response, in milliseconds. Default: ten seconds. */
	stalledMs?: number;
	/** How many completion calls may be in flight. Default: 512. */
	maxInFlight?: number;
	/** How many entries a list may have as a body. Default: 1,000. */
	maxEntries?: number;
	/** How many bytes a response of a provider may have, decompressed. Default: 32 MiB. */
	maxResponseBytes?: number;
	/** How many bytes one completion call may store and return. Default: 64 MiB. */
	maxCallBytes?: number;
	/** How many bytes a page of logs may take. Default: a sixteenth of the heap, at most 64 MiB. */
	maxPageBytes?: number;
	/** How many bytes of memory all requests in flight may take. Default: a quarter of the heap. */
	maxBytesInFlight?: number;
	/** How long a call may wait for its provider in all, in milliseconds. Default: ten minutes. */
	providerTimeoutMs?: number;
	/** The longest pause before the first retry of a provider call, in milliseconds. Default: 500. */
	backoffMs?: number;
	/** How long a stream with an Idempotency-Key goes on after its caller has disconnected, in milliseconds. Default: 60,000. */
	disconnectGraceMs?: number;
	/** How long a write waits for another process's lock on the database, in milliseconds. Default: 5,000. */
	busyTimeoutMs?: number;
	/** After how many days logs are deleted. 0: never. Default: 0. */
	logRetentionDays?: number;
	/** What reads /metrics must send. Undefined: if other machines can reach the server, nobody may read them. */
	metricsToken?: string | undefined;
	/** Whether calls are exported as spans, as OpenTelemetry's environment variables say. Default: no. */
	exportSpans?: boolean;
	/** With fewer bytes left on the disk, the server is not ready. 0: any number. Default: 100 MiB. */
	minFreeDiskBytes?: number;
	/** How long the server goes on after it is told to close and /readyz says so, in milliseconds. Default: 0. */
	closeDelayMs?: number;
	/** The time of day in milliseconds. */
	now?: () => number;
};

export type BuiltApp = {
	app: FastifyInstance;
	/** Where the data is: a file, or the address of a PostgreSQL database without user and password. */
	dataLocation: string;
	/**
	 * If no key exists, makes one, passes it to `show`, and then stores it. So a key that is stored was always shown,
	 * however the process ends.
	 */
	showFirstKey(show: (key: string) => void): Promise<void>;
	/** The path of a link that signs a browser in with this key, once and for a short time. */
	signInPathOf(key: string): string;
	prompts: ImportedPrompt[];
	/** Whether nothing was ever stored. */
	isEmpty: boolean;
	/** What the operator should know about this start, one line each. */
	warnings: string[];
	/** The models of stored configs that have ended or end soon: a heading and a line for each. Empty if there is none. */
	endingModels: string[];
};
