import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { messageOf } from './domain/apiError.ts';
import { Completions } from './domain/completions/createCompletion.ts';
import { PaidCommits } from './domain/completions/paidCommits.ts';
import { Idempotency } from './domain/idempotency/idempotency.ts';
import { SavedResponses } from './domain/idempotency/savedResponses.ts';
import { ReservedProjectIds } from './domain/ids.ts';
import { defaultBytes, MemoryLimit } from './domain/memory.ts';
import { Readiness } from './domain/readiness.ts';
import { hashOf, newApiKey, requireApiKey } from './http/apiKeys.ts';
import { limitBodyEntries } from './http/bodyEntries.ts';
import { checkBodyValues } from './http/bodyValues.ts';
import { createFastify, type HttpOptions } from './http/fastify.ts';
import { addGracefulShutdown } from './http/gracefulShutdown.ts';
import { limitMemory } from './http/memoryLimit.ts';
import { addOpenApi } from './http/openapi.ts';
import { addWelcome } from './http/welcome.ts';
import { WrongKeys } from './http/wrongKeys.ts';
import { type ImportedPrompt, importPrompts } from './import/promptFiles.ts';
import { createProviders, type ProviderSettings } from './providers/registry.ts';
import { completionRoutes } from './routes/completions.ts';
import { feedbackRoutes } from './routes/feedback.ts';
import { logRoutes } from './routes/logs.ts';
import { modelConfigRoutes } from './routes/modelConfigs.ts';
import { modelRoutes } from './routes/models.ts';
import { projectRoutes } from './routes/projects.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { addKey, hasKey, hasKeys } from './storage/apiKeys.ts';
import { GroupCommit } from './storage/groupCommit.ts';
import { migrate } from './storage/migrations.ts';
import { openDatabase } from './storage/openDatabase.ts';
import { locationOf, startProblem } from './storage/postgresStart.ts';
import { NewerSchemaError } from './storage/schemaVersions.ts';
import { createStore } from './storage/store.ts';

export type AppOptions = HttpOptions & {
	/** The folder of the database file. It must exist, unless `databaseUrl` is set. */
	dataDir: string;
	/** The address of a PostgreSQL database to use instead of a file. */
	databaseUrl?: string | undefined;
	/** How many connections to PostgreSQL there may be. Default: 10. */
	databasePoolSize?: number;
	/** How long the start waits for PostgreSQL to be there, in milliseconds. Default: 30,000. */
	databaseWaitMs?: number;
	/** A folder of .prompt files to read at start. */
	promptsDir?: string | undefined;
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
	prompts: ImportedPrompt[];
	/** Whether nothing was ever stored. */
	isEmpty: boolean;
	/** What the operator should know about this start, one line each. */
	warnings: string[];
};

/** The server cannot start. The message tells the operator what to do. */
export class StartError extends Error {}

const hourMs = 60 * 60 * 1000;

/** Deletes old responses when the server listens, because there can be many, and then every hour. */
function addPurge(app: FastifyInstance, savedResponses: SavedResponses): void {
	const closing = new AbortController();
	let running = Promise.resolve();
	const purge = () => {
		running = savedResponses
			.purge(closing.signal)
			.catch((error: unknown) => app.log.error({ err: error }, 'old responses could not be deleted'));
	};
	let timer: NodeJS.Timeout | undefined;
	app.addHook('onListen', async () => {
		purge();
		timer = setInterval(purge, hourMs).unref();
	});
	app.addHook('onClose', async () => {
		clearInterval(timer);
		closing.abort();
		await running;
	});
}

/** Opens the database. It is closed after the last response, when everything is committed. */
async function openStorage(app: FastifyInstance, options: AppOptions) {
	const { database, location, warnings } = await openDatabase({
		file: join(options.dataDir, 'humanloop.db'),
		url: options.databaseUrl,
		poolSize: options.databasePoolSize ?? 10,
		waitMs: options.databaseWaitMs ?? 30_000,
		busyTimeoutMs: options.busyTimeoutMs ?? 5_000,
		onWait: (error) => app.log.warn({ err: error }, 'waiting for the database'),
	});
	const groupCommit = new GroupCommit(database);
	app.addHook('onClose', async () => {
		await groupCommit.idle();
		await database.close();
	});
	await migrate(database);
	const keyLocks = database.keyLocks?.((message, error) => app.log.warn({ err: error }, message));
	app.addHook('onClose', async () => keyLocks?.close());
	return { database, location, store: createStore(database, groupCommit), keyLocks, warnings };
}

/** Why the database cannot be used, for the operator. */
function storageProblem(error: unknown, { dataDir, databaseUrl }: AppOptions): StartError {
	const name = databaseUrl === undefined ? `DATA_DIR (${dataDir})` : `DATABASE_URL (${locationOf(databaseUrl)})`;
	const problem =
		error instanceof NewerSchemaError
			? error.message
			: databaseUrl === undefined
				? `cannot be opened: ${messageOf(error)}.`
				: `cannot be used: ${startProblem(error)}`;
	return new StartError(`The database in ${name} ${problem}`, { cause: error });
}

/**
 * Builds the whole server, ready to listen or to be called in-process. Closing the app closes the database. Throws
 * StartError for what the operator has to change.
 */
export async function buildApp(options: AppOptions): Promise<BuiltApp> {
	const app = createFastify(options);
	try {
		const { database, location, store, keyLocks, warnings } = await openStorage(app, options).catch(
			(error: unknown) => {
				throw storageProblem(error, options);
			},
		);
		const hasKeyAlready = options.apiKey !== undefined || (await hasKeys(database.reader));
		if (!hasKeyAlready && options.exposed === true) {
			throw new StartError(
				'Other machines could reach this server, but no API key exists yet. Set HUMANLOOP_API_KEY, ' +
					'or start once with HOST=127.0.0.1, which makes a key and prints it.',
			);
		}
		const prompts =
			options.promptsDir === undefined
				? []
				: await importPrompts(store, options.promptsDir, options.maxPromptFiles ?? 10_000);
		const { total } = await store.listProjects({ page: 0, size: 1, sortBy: 'createdAt', order: 'desc' });
		const isEmpty = total === 0;
		const now = options.now ?? Date.now;
		const savedResponses = new SavedResponses(store, now);
		addPurge(app, savedResponses);
		const idempotency = new Idempotency(savedResponses, keyLocks);
		const projectIds = new ReservedProjectIds();
		const providers = await createProviders(options.providers, options.maxResponseBytes ?? defaultBytes.response);
		const commits = new PaidCommits((message, error) => app.log.error({ err: error }, message));
		const completions = new Completions(
			{ store, commits, providers, projectIds, maxCallBytes: options.maxCallBytes ?? defaultBytes.call },
			idempotency,
			{
				providerTimeoutMs: options.providerTimeoutMs ?? 600_000,
				backoffMs: options.backoffMs ?? 500,
				disconnectGraceMs: options.disconnectGraceMs ?? 60_000,
				now,
			},
		);
		// Calls go on after their callers have disconnected, and need the database until they end.
		app.addHook('preClose', async () => commits.close());
		app.addHook('onClose', async () => {
			await completions.idle();
			commits.reportLost();
		});
		addGracefulShutdown(app, options.stalledMs ?? 10_000);
		await addOpenApi(app);
		addWelcome(app);
		app.get('/healthz', { schema: { hide: true } }, async () => ({ status: 'ok' }));
		const readiness = new Readiness(store);
		app.get('/readyz', { schema: { hide: true } }, async (_request, reply) => {
			const reason = commits.problem ?? (await readiness.check());
			if (reason === undefined) return { status: 'ok' };
			return reply.status(503).header('Retry-After', '5').send({ status: 'unavailable', reason });
		});
		const validHashes = new Set(options.apiKey === undefined ? [] : [hashOf(options.apiKey)]);
		await app.register(
			async (v4) => {
				v4.decorateRequest('apiKeyHash', '');
				const wrongKeys = new WrongKeys(options.maxWrongKeys ?? 20, options.wrongKeyWindowMs ?? 60_000);
				v4.addHook(
					'onRequest',
					requireApiKey(validHashes, (hash) => hasKey(database.reader, hash), wrongKeys),
				);
				limitMemory(v4, new MemoryLimit(options.maxBytesInFlight ?? defaultBytes.inFlight));
				v4.addHook('preValidation', limitBodyEntries(options.maxEntries ?? 1_000));
				v4.addHook('preValidation', checkBodyValues);
				const knows = (scope: string, key: string) => idempotency.knows(scope, key);
				await v4.register(completionRoutes(completions, options.maxInFlight ?? 512, knows));
				await v4.register(modelConfigRoutes(store, projectIds));
				await v4.register(projectRoutes(store));
				await v4.register(logRoutes(store, projectIds, options.maxPageBytes ?? defaultBytes.page));
				await v4.register(feedbackRoutes(store, idempotency));
				await v4.register(sessionRoutes(store));
				await v4.register(modelRoutes(providers));
			},
			{ prefix: '/v4' },
		);
		await app.ready();
		const showFirstKey: BuiltApp['showFirstKey'] = async (show) => {
			if (hasKeyAlready) return;
			const key = newApiKey();
			validHashes.add(hashOf(key));
			show(key);
			await addKey(database.writer, hashOf(key));
		};
		return { app, dataLocation: location, showFirstKey, prompts, isEmpty, warnings };
	} catch (error) {
		await app.close();
		throw error;
	}
}
