import type { FastifyInstance } from 'fastify';
import type { AppOptions, BuiltApp } from './appOptions.ts';
import { Completions } from './domain/completions/createCompletion.ts';
import { Budgets } from './domain/budgets/budgets.ts';
import { PaidCommits } from './domain/completions/paidCommits.ts';
import { Prices } from './domain/costs/prices.ts';
import { Idempotency } from './domain/idempotency/idempotency.ts';
import { SavedResponses } from './domain/idempotency/savedResponses.ts';
import { ReservedProjectIds } from './domain/ids.ts';
import { addKey, newKey } from './domain/keys/changeKeys.ts';
import { KeyCheck } from './domain/keys/keyCheck.ts';
import { KeyUse } from './domain/keys/keyUse.ts';
import { hashOf } from './domain/keys/secret.ts';
import { SignInCodes, signInPath } from './domain/keys/signInCodes.ts';
import { defaultBytes, MemoryLimit } from './domain/memory.ts';
import { EndOfLife } from './domain/models/endOfLife.ts';
import { shutdownsFor } from './domain/models/shutdowns.ts';
import { endWarnings } from './domain/models/warnings.ts';
import { OperatorError } from './domain/operatorError.ts';
import { keyCheckOf } from './http/apiKeys.ts';
import { createFastify } from './http/fastify.ts';
import { addGracefulShutdown } from './http/gracefulShutdown.ts';
import { addKeyCookie } from './http/keyCookie.ts';
import { addLogPage } from './http/logPage.ts';
import { addOpenApi } from './http/openapi.ts';
import { addPage, builtPage, Page } from './http/page.ts';
import { addWelcome } from './http/welcome.ts';
import { WrongKeys } from './http/wrongKeys.ts';
import { addDeletionJobs, addPurge, addRetention } from './housekeeping.ts';
import { addOperations } from './operations.ts';
import { createProviders, knownProviders } from './providers/registry.ts';
import { databaseProblem } from './storage/databaseProblem.ts';
import { signInRoutes } from './routes/signIn.ts';
import { GroupCommit } from './storage/groupCommit.ts';
import { hasProjects } from './storage/projects.ts';
import { openDatabase } from './storage/openDatabase.ts';
import { SearchIndexer } from './storage/searchIndex.ts';
import { createStore } from './storage/store.ts';
import { upgrade, upgradeLines } from './storage/upgrade.ts';
import { createTelemetry, type ServerTelemetry } from './telemetry/serverTelemetry.ts';
import { v4Routes } from './v4Routes.ts';

export type { AppOptions, BuiltApp } from './appOptions.ts';

// What most servers do not use is imported where it is used: server/test/startModules.test.ts says what must not be loaded.

/** What calls cost. Without the published prices, costs that the operator does not set are not known. */
async function createPrices(app: FastifyInstance, ownFile: string | undefined): Promise<Prices> {
	const own = ownFile === undefined ? [] : (await import('./import/pricesFile.ts')).readPricesFile(ownFile);
	return new Prices(own, async () => {
		try {
			return (await import('./prices/publishedPrices.ts')).publishedPrices();
		} catch (error) {
			app.log.error({ err: error }, 'the published prices of models cannot be read; costs are not known');
			return { costOf: () => undefined, boundOf: () => undefined };
		}
	});
}

/** Opens the database. It is closed after the last response, when everything is committed. */
async function openStorage(app: FastifyInstance, telemetry: ServerTelemetry, options: AppOptions) {
	const opened = await openDatabase(options, options.onDatabaseWait ?? (() => undefined));
	const { database, location, warnings } = opened;
	const groupCommit = new GroupCommit(database, telemetry);
	const searchIndexer = new SearchIndexer(database, groupCommit, (error) =>
		app.log.error({ err: error }, 'logs could not be added to the search index; searches find them, but take longer'),
	);
	app.addHook('onListen', async () => searchIndexer.wake());
	app.addHook('onClose', async () => {
		await searchIndexer.close();
		await groupCommit.idle();
		await database.close();
	});
	const done = await upgrade(opened, options.migrateOnStart);
	const keyLocks = database.keyLocks?.((message, error) => app.log.warn({ err: error }, message));
	app.addHook('onClose', async () => keyLocks?.close());
	const store = createStore(database, groupCommit, searchIndexer);
	return { database, groupCommit, keyLocks, location, store, warnings: [...warnings, ...upgradeLines(done)] };
}

/**
 * Builds the whole server, ready to listen or to be called in-process. Closing the app closes the database. Throws
 * OperatorError for what the operator has to change.
 */
export async function buildApp(options: AppOptions): Promise<BuiltApp> {
	const { telemetry, warnings: settingWarnings } = await createTelemetry(options.exportSpans ?? false, (message) =>
		app.log.warn(message),
	);
	const app: FastifyInstance = createFastify(
		{ ...options, providerNames: knownProviders(options.providers) },
		telemetry,
	);
	// Hooks run in reverse order: this is the last one, when all calls have ended.
	app.addHook('onClose', () => telemetry.stop());
	try {
		const endOfLife = new EndOfLife([
			...shutdownsFor(options.providers),
			...(options.modelsFile === undefined
				? []
				: (await import('./import/modelsFile.ts')).readModelsFile(options.modelsFile)),
		]);
		const storage = await openStorage(app, telemetry, options).catch((error: unknown) => {
			throw databaseProblem(error, options);
		});
		const { database, groupCommit, keyLocks, location, store } = storage;
		const now = options.now ?? Date.now;
		const hasKeyAlready = options.apiKey !== undefined || (await store.hasValidApiKey(new Date(now()).toISOString()));
		if (!hasKeyAlready && options.exposed === true) {
			throw new OperatorError(
				'Other machines could reach this server, but no API key exists yet. Make one with ' +
					'"humanloop-server keys create --name first --role admin", or set HUMANLOOP_API_KEY.',
			);
		}
		const prompts =
			options.promptsDir === undefined
				? []
				: await (
						await import('./import/promptFiles.ts')
					).importPrompts(store, options.promptsDir, options.maxPromptFiles ?? 10_000);
		const isEmpty = !(await hasProjects(database.reader));
		const savedResponses = new SavedResponses(store, now);
		addPurge(app, savedResponses);
		addRetention(app, store, options.logRetentionDays ?? 0, now);
		const deletionJobs = addDeletionJobs(app, store, now);
		const idempotency = new Idempotency(savedResponses, keyLocks);
		const projectIds = new ReservedProjectIds();
		const providers = await createProviders(options.providers, options.maxResponseBytes ?? defaultBytes.response);
		const prices = await createPrices(app, options.pricesFile);
		const providerTimeoutMs = options.providerTimeoutMs ?? 600_000;
		const budgets = new Budgets(store, now, providerTimeoutMs);
		await budgets.start();
		const commits = new PaidCommits((message, error) => app.log.error({ err: error }, message));
		const completions = new Completions(
			{
				...{ store, commits, providers, prices, budgets, projectIds },
				maxCallBytes: options.maxCallBytes ?? defaultBytes.call,
			},
			idempotency,
			{
				providerTimeoutMs,
				backoffMs: options.backoffMs ?? 500,
				disconnectGraceMs: options.disconnectGraceMs ?? 60_000,
				now,
			},
		);
		const memory = new MemoryLimit(options.maxBytesInFlight ?? defaultBytes.inFlight);
		const watched = { store, budgets, groupCommit, commits, completions, idempotency, memory };
		addOperations(app, telemetry, options, watched);
		// Calls go on after their callers have disconnected, and need the database until they end.
		app.addHook('preClose', async () => commits.close());
		app.addHook('onClose', async () => {
			await completions.idle();
			await budgets.close();
			commits.reportLost();
		});
		addGracefulShutdown(app, options.stalledMs ?? 10_000);
		addOpenApi(app);
		const page = new Page(options.pageFolder ?? builtPage);
		addWelcome(app, page);
		addLogPage(app, page, options.publicUrl);
		addPage(app, page);
		const keyUse = new KeyUse(store, now, (error) => app.log.debug({ err: error }, 'last use of a key not stored'));
		const keys = new KeyCheck({ lookUp: (hash) => store.apiKeyByHash(hash), onUse: (key) => keyUse.used(key), now });
		if (options.apiKey !== undefined) keys.addUnstored(hashOf(options.apiKey), 'HUMANLOOP_API_KEY');
		const wrongKeys = new WrongKeys(options.maxWrongKeys ?? 20, options.wrongKeyWindowMs ?? 60_000);
		const checkKey = keyCheckOf(keys, wrongKeys);
		const codes = new SignInCodes(now);
		const parts = {
			store,
			completions,
			idempotency,
			projectIds,
			providers,
			deletionJobs,
			endOfLife,
			memory,
			checkKey,
			codes,
			budgets,
		};
		await addKeyCookie(app);
		await app.register(signInRoutes(checkKey, codes, options.publicUrl), { prefix: '/v4' });
		await app.register(v4Routes(options, { ...parts, telemetry, now }), { prefix: '/v4' });
		await app.ready();
		const showFirstKey: BuiltApp['showFirstKey'] = async (show) => {
			if (hasKeyAlready) return;
			const by = { actor: { keyId: null, name: 'first start' }, now: now() };
			const { total: earlier } = await store.listApiKeys({ page: 0, size: 1 });
			const name = earlier === 0 ? 'first key' : `first key of ${new Date(by.now).toISOString()}`;
			const { key, secret } = newKey({ name, role: 'admin' }, by);
			const removeUnstored = keys.addUnstored(key.hash, key.name);
			show(secret);
			await addKey(store, key, by);
			removeUnstored();
		};
		const signInPathOf: BuiltApp['signInPathOf'] = (key) => signInPath(codes.make(key).code);
		const endingModels = endWarnings(await store.modelsInUse(), endOfLife, now());
		const warnings = [...settingWarnings, ...storage.warnings];
		return { app, dataLocation: location, showFirstKey, signInPathOf, prompts, isEmpty, warnings, endingModels };
	} catch (error) {
		await app.close();
		throw error;
	}
}
