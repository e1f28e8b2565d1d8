import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import { hashOf, newApiKey, requireApiKey } from './apiKeys.ts';
import { addContractKeywords } from './contract/keywords.ts';
import type { Dependencies } from './domain/completion.ts';
import { projectIdProposals } from './domain/place.ts';
import type { Providers } from './domain/provider.ts';
import { type ImportedPrompt, importPrompts } from './import/promptFiles.ts';
import { createProviders, type ProviderSettings } from './providers/registry.ts';
import { completionRoutes } from './routes/completions.ts';
import { addErrorHandlers, rawBadRequest, sendError } from './routes/errors.ts';
import { logRoutes } from './routes/logs.ts';
import { modelConfigRoutes } from './routes/modelConfigs.ts';
import { projectRoutes } from './routes/projects.ts';
import { addReference } from './routes/reference.ts';
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
};

export type BuiltApp = {
  app: FastifyInstance;
  dataFile: string;
  /** The key that was made because there was none; it can be shown now and never again. */
  firstKey: string | undefined;
  prompts: ImportedPrompt[];
};

/** The server cannot start this way; the message tells the operator what to do. */
export class StartError extends Error {}

function createFastify(options: AppOptions) {
  const app = Fastify({
    logger: { level: options.logLevel ?? 'info', stream: options.logStream ?? process.stderr },
    // One line per request instead of Fastify's two, see addRequestLog.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: options.bodyLimit ?? 10 * 1024 * 1024,
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
    clientErrorHandler(_error, socket) {
      if (socket.writable) socket.end(rawBadRequest());
      else socket.destroy();
    },
    frameworkErrors(error, request, reply) {
      void sendError(error, request, reply);
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
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

/**
 * While the server closes, connections are let go as soon as their answer is out. Without this, a client that keeps
 * its connection open would hold the process for as long as Node.js waits for a next request.
 */
function addPromptClose(app: FastifyInstance): void {
  let timer: NodeJS.Timeout | undefined;
  app.addHook('preClose', async () => {
    timer = setInterval(() => app.server.closeIdleConnections(), 20);
  });
  app.addHook('onClose', async () => clearInterval(timer));
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
    const { reader, writer, store } = await openStorage(app, dataFile);
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
    const firstKey = keyed ? undefined : newApiKey();
    if (firstKey !== undefined) await addKey(writer, hashOf(firstKey));

    addErrorHandlers(app);
    addRequestLog(app);
    addPromptClose(app);
    await addReference(app);
    app.get('/healthz', { schema: { hide: true } }, async () => ({ status: 'ok' }));
    const valid = new Set(options.apiKey === undefined ? [] : [hashOf(options.apiKey)]);
    await app.register(
      async (v4) => {
        v4.addHook('onRequest', requireApiKey(valid, (hash) => hasKey(reader, hash)));
        await v4.register(completionRoutes(deps));
        await v4.register(modelConfigRoutes(store));
        await v4.register(projectRoutes(store));
        await v4.register(logRoutes(deps));
      },
      { prefix: '/v4' },
    );
    await app.ready();
    return { app, dataFile, firstKey, prompts };
  } catch (error) {
    await app.close();
    throw error;
  }
}
