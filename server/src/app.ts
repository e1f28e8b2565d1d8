import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import { hashOf, newApiKey, requireApiKey } from './http/apiKeys.ts';
import { addPromptClose } from './http/gracefulShutdown.ts';
import { addContractKeywords } from './http/validation.ts';
import { type Calls, createCalls } from './domain/completions/createCompletion.ts';
import type { Dependencies } from './domain/completions/prepare.ts';
import { createFeedback } from './domain/logs/feedback.ts';
import { createIdempotency, type Idempotency } from './domain/idempotency/idempotency.ts';
import { projectIdProposals } from './domain/logs/logTarget.ts';
import type { Providers } from './domain/provider.ts';
import { createReplays, type Replays } from './domain/idempotency/savedResponses.ts';
import { type ImportedPrompt, importPrompts } from './import/promptFiles.ts';
import { messageOf } from './messageOf.ts';
import { createProviders, type ProviderSettings } from './providers/registry.ts';
import { completionRoutes } from './routes/completions.ts';
import { addErrorHandlers, rawError, sendError } from './http/errors.ts';
import { feedbackRoutes } from './routes/feedback.ts';
import { logRoutes } from './routes/logs.ts';
import { modelConfigRoutes } from './routes/modelConfigs.ts';
import { projectRoutes } from './routes/projects.ts';
import { refuseDeepBodies } from './http/bodyDepth.ts';
import { addReference } from './http/openapi.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { StartError } from './startProblems.ts';
import { addKey, hasKey, hasKeys } from './storage/apiKeys.ts';
import { groupCommit } from './storage/groupCommit.ts';
import { migrate } from './storage/migrations.ts';
import { openSqlite } from './storage/sqlite.ts';
import { createStore } from './storage/store.ts';

export type AppOptions = {
	/** Folder that holds the database file; it must exist. */
	dataDir: string;
	/** Folder of .prompt files to read at start. */
	promptsDir?: string | undefined;
	/** A key that is valid while the server runs; it is stored nowhere. */
	apiKey?: string | undefined;
	/** Whether other machines can reach the server; then a key must be there already. */
	exposed?: boolean;
	providers: ProviderSettings;
	logLevel?: string;
	/** Where log lines go; standard error unless told otherwise. */
	logStream?: { write(line: string): void };
	/** Largest request body in bytes; 10 MiB unless told otherwise. */
	bodyLimit?: number;
	/** How long a request may take to arrive, in milliseconds; two minutes unless told otherwise. */
	arrivalTimeoutMs?: number;
	/** While the server closes: how long a caller may take nothing of its answer, in milliseconds; ten seconds unless told otherwise. */
	stalledMs?: number;
	/** How many completion calls may be in flight; 512 unless told otherwise. */
	maxInFlight?: number;
	/** How long a call may wait for its provider in all; ten minutes unless told otherwise. */
	providerTimeoutMs?: number;
	/** The longest pause before the first retry of a provider call, in milliseconds; 500 unless told otherwise. */
	backoffMs?: number;
	/** The time of day in milliseconds. */
	now?: () => number;
};

export type BuiltApp = {
	app: FastifyInstance;
	dataFile: string;
	/**
	 * Makes a key where there is none, valid at once, and stores it after it has been shown: a key that is kept is one
	 * that was seen, however the process ends.
	 */
	showFirstKey(show: (key: string) => void): Promise<void>;
	prompts: ImportedPrompt[];
};

function createFastify(options: AppOptions) {
	const arrivalTimeoutMs = options.arrivalTimeoutMs ?? 120_000;
	const app = Fastify({
		logger: { level: options.logLevel ?? 'info', stream: options.logStream ?? process.stderr },
		// One line per request instead of Fastify's two, see addRequestLog.
		logController: new LogController({ disableRequestLogging: true }),
		genReqId: () => randomUUID(),
		bodyLimit: options.bodyLimit ?? 10 * 1024 * 1024,
		// Who never sends the end of its request must not hold a place among the calls in flight.
		requestTimeout: arrivalTimeoutMs,
		http: {
			connectionsCheckingInterval: Math.min(30_000, arrivalTimeoutMs),
			headersTimeout: Math.min(60_000, arrivalTimeoutMs),
		},
		// What a caller names its inputs is data: kept as given, and never merged into other objects.
		onProtoPoisoning: 'ignore',
		onConstructorPoisoning: 'ignore',
		// Requests on a connection that is already open are still answered while the server closes.
		return503OnClosing: false,
		ajv: {
			customOptions: {
				coerceTypes: false,
				removeAdditional: false,
				useDefaults: false,
				allErrors: true,
				allowUnionTypes: true,
			},
			plugins: [addContractKeywords as never],
		},
		clientErrorHandler(error, socket) {
			if (socket.writable) socket.end(rawError('code' in error ? error.code : undefined));
			else socket.destroy();
		},
		frameworkErrors(error, request, reply) {
			void sendError(error, request, reply);
		},
	}).withTypeProvider<TypeBoxTypeProvider>();
	// Node.js would answer an Expect header that it does not know with 417 and nothing else.
	app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
	// JSON only: a body of another kind is 415 rather than a string that fits no schema.
	app.removeContentTypeParser('text/plain');
	return app;
}

function addRequestLog(app: FastifyInstance): void {
	app.addHook('onRequest', async (request, reply) => {
		reply.header('X-Request-Id', request.id);
	});
	app.addHook('onResponse', async (request, reply) => {
		const { method, routeOptions } = request;
		request.log.debug({ method, route: routeOptions.url, status: reply.statusCode, ms: reply.elapsedTime }, 'answered');
	});
}

const hourMs = 60 * 60 * 1000;

/** Old answers are let go at start and every hour. */
async function addPurge(app: FastifyInstance, replays: Replays): Promise<void> {
	await replays.purge();
	const timer = setInterval(() => {
		replays.purge().catch((error: unknown) => app.log.error({ err: error }, 'old answers could not be removed'));
	}, hourMs).unref();
	app.addHook('onClose', async () => clearInterval(timer));
}

/** Calls whose callers have gone are finished before the database is closed. */
function addCalls(app: FastifyInstance, deps: Dependencies, idempotency: Idempotency, options: AppOptions): Calls {
	const calls = createCalls(deps, idempotency, {
		providerTimeoutMs: options.providerTimeoutMs ?? 600_000,
		backoffMs: options.backoffMs ?? 500,
	});
	app.addHook('onClose', () => calls.idle());
	return calls;
}

/** The database is closed when the last answer is out and everything is committed. */
async function openStorage(app: FastifyInstance, dataFile: string) {
	const database = openSqlite(dataFile);
	const { reader, writer } = database;
	const commit = groupCommit(writer);
	app.addHook('onClose', async () => {
		await commit.idle();
		await database.close();
	});
	await migrate(writer);
	return { reader, writer, store: createStore(reader, commit) };
}

/**
 * Builds the whole server, ready to listen or to be called in-process. Throws StartError for what the operator has to
 * change; closing the app closes the database.
 */
export async function buildApp(options: AppOptions): Promise<BuiltApp> {
	const app = createFastify(options);
	const dataFile = join(options.dataDir, 'humanloop.db');
	try {
		const { reader, writer, store } = await openStorage(app, dataFile).catch((error: unknown) => {
			throw new StartError(`The database in DATA_DIR (${options.dataDir}) cannot be opened: ${messageOf(error)}.`);
		});
		const keyed = options.apiKey !== undefined || (await hasKeys(reader));
		if (!keyed && options.exposed === true) {
			throw new StartError(
				'Other machines could reach this server, but no API key exists yet. Set HUMANLOOP_API_KEY, ' +
					'or start once with HOST=127.0.0.1, which makes a key and prints it.',
			);
		}
		const providers: Providers = createProviders(options.providers);
		const deps: Dependencies = { store, providers, proposedProjectId: projectIdProposals() };
		const prompts = options.promptsDir === undefined ? [] : await importPrompts(store, options.promptsDir);
		const replays = createReplays(store, options.now ?? Date.now);
		await addPurge(app, replays);
		const idempotency = createIdempotency(replays);
		const calls = addCalls(app, deps, idempotency, options);
		addErrorHandlers(app);
		addRequestLog(app);
		addPromptClose(app, options.stalledMs ?? 10_000);
		await addReference(app);
		app.get('/healthz', { schema: { hide: true } }, async () => ({ status: 'ok' }));
		const valid = new Set(options.apiKey === undefined ? [] : [hashOf(options.apiKey)]);
		await app.register(
			async (v4) => {
				v4.decorateRequest('apiKeyHash', '');
				v4.addHook(
					'onRequest',
					requireApiKey(valid, (hash) => hasKey(reader, hash)),
				);
				v4.addHook('preValidation', refuseDeepBodies);
				await v4.register(completionRoutes(calls, options.maxInFlight ?? 512));
				await v4.register(modelConfigRoutes(deps));
				await v4.register(projectRoutes(store));
				await v4.register(logRoutes(deps));
				await v4.register(feedbackRoutes(createFeedback(store, idempotency)));
				await v4.register(sessionRoutes(store));
			},
			{ prefix: '/v4' },
		);
		await app.ready();
		const showFirstKey: BuiltApp['showFirstKey'] = async (show) => {
			if (keyed) return;
			const key = newApiKey();
			valid.add(hashOf(key));
			show(key);
			await addKey(writer, hashOf(key));
		};
		return { app, dataFile, showFirstKey, prompts };
	} catch (error) {
		await app.close();
		throw error;
	}
}
