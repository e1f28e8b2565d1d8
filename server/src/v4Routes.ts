import type { FastifyPluginAsync } from 'fastify';
import type { AppOptions } from './appOptions.ts';
import type { Budgets } from './domain/budgets/budgets.ts';
import type { Completions } from './domain/completions/createCompletion.ts';
import type { DeletionJobs } from './domain/deletions/deletionJobs.ts';
import type { Idempotency } from './domain/idempotency/idempotency.ts';
import type { ReservedProjectIds } from './domain/ids.ts';
import type { SignInCodes } from './domain/keys/signInCodes.ts';
import { defaultBytes, type MemoryLimit } from './domain/memory.ts';
import type { EndOfLife } from './domain/models/endOfLife.ts';
import type { Store } from './domain/store.ts';
import { type KeyOfRequest, requireApiKeys } from './http/apiKeys.ts';
import { limitBodyEntries } from './http/bodyEntries.ts';
import { checkBodyValues } from './http/bodyValues.ts';
import { logLink } from './http/logPage.ts';
import { limitMemory } from './http/memoryLimit.ts';
import { RequestLimit } from './http/requestLimit.ts';
import { sunsetOf } from './http/sunset.ts';
import type { createProviders } from './providers/registry.ts';
import { activeConfigRoutes } from './routes/activeConfigs.ts';
import { budgetRoutes } from './routes/budgets.ts';
import { completionRoutes } from './routes/completions.ts';
import { deletionRoutes } from './routes/deletions.ts';
import { deploymentRoutes } from './routes/deployments.ts';
import { environmentRoutes } from './routes/environments.ts';
import { exportRoutes } from './routes/export.ts';
import { feedbackRoutes } from './routes/feedback.ts';
import { feedbackTypeRoutes } from './routes/feedbackTypes.ts';
import { keyRoutes } from './routes/keys.ts';
import { logChangeRoutes } from './routes/logChanges.ts';
import { logRoutes } from './routes/logs.ts';
import { modelConfigRoutes } from './routes/modelConfigs.ts';
import { modelRoutes } from './routes/models.ts';
import { notBuiltRoutes } from './routes/notBuilt.ts';
import { projectRoutes } from './routes/projects.ts';
import { promptFileRoutes } from './routes/promptFiles.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { pageSessionRoutes } from './routes/signIn.ts';
import { statusRoutes } from './routes/status.ts';
import { usageRoutes } from './routes/usage.ts';
import type { ServerTelemetry } from './telemetry/serverTelemetry.ts';

/** What the routes work with. `now` is the time of day in milliseconds. */
type Parts = {
	store: Store;
	completions: Completions;
	idempotency: Idempotency;
	projectIds: ReservedProjectIds;
	providers: Awaited<ReturnType<typeof createProviders>>;
	deletionJobs: DeletionJobs;
	endOfLife: EndOfLife;
	memory: MemoryLimit;
	budgets: Budgets;
	checkKey: KeyOfRequest;
	codes: SignInCodes;
	telemetry: ServerTelemetry;
	now: () => number;
};

function statusSettings({ databaseUrl, logRetentionDays = 0, publicUrl, apiKey }: AppOptions) {
	return {
		database: databaseUrl === undefined ? 'sqlite' : 'postgres',
		log_retention_days: logRetentionDays === 0 ? null : logRetentionDays,
		public_url: publicUrl ?? null,
		has_environment_key: apiKey !== undefined,
	};
}

/** All routes of the API, and what each of their requests goes through first. */
export function v4Routes(options: AppOptions, parts: Parts): FastifyPluginAsync {
	const { store, completions, idempotency, projectIds, providers, deletionJobs, endOfLife, memory } = parts;
	const { telemetry, now } = parts;
	const linkLog = logLink(options.publicUrl);
	const setSunset = sunsetOf(endOfLife);
	const maxPageBytes = options.maxPageBytes ?? defaultBytes.page;
	return async (v4) => {
		requireApiKeys(v4, parts.checkKey, new RequestLimit(), options.publicUrl);
		limitMemory(v4, memory);
		v4.addHook('preValidation', limitBodyEntries(options.maxEntries ?? 1_000));
		v4.addHook('preValidation', checkBodyValues);
		const knows = (scope: string, key: string) => idempotency.knows(scope, key);
		await v4.register(completionRoutes(completions, options.maxInFlight ?? 512, knows, linkLog, setSunset, telemetry));
		await v4.register(modelConfigRoutes(store, projectIds, setSunset, now));
		await v4.register(promptFileRoutes(store));
		await v4.register(projectRoutes(store, projectIds, deletionJobs, now));
		await v4.register(exportRoutes(store, maxPageBytes));
		await v4.register(activeConfigRoutes(store, now));
		await v4.register(deploymentRoutes(store, now));
		await v4.register(environmentRoutes(store, now));
		await v4.register(feedbackTypeRoutes(store));
		await v4.register(logRoutes(store, projectIds, maxPageBytes, linkLog));
		await v4.register(logChangeRoutes(store, deletionJobs, maxPageBytes, now));
		await v4.register(feedbackRoutes(store, idempotency));
		await v4.register(sessionRoutes(store));
		await v4.register(modelRoutes(store, providers, endOfLife));
		await v4.register(usageRoutes(store));
		await v4.register(deletionRoutes(store, deletionJobs, now));
		await v4.register(budgetRoutes(store, parts.budgets, now, options.apiKey !== undefined));
		await v4.register(keyRoutes(store, now, options.apiKey !== undefined));
		await v4.register(pageSessionRoutes(parts.codes));
		await v4.register(statusRoutes(store, statusSettings(options)));
		await v4.register(notBuiltRoutes());
	};
}
