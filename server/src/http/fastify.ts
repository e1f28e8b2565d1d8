import { randomUUID } from 'node:crypto';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import { providerNames } from '../contract/providers.ts';
import type { Telemetry } from '../domain/telemetry.ts';
import { ignoreTypeOfEmptyForm } from './emptyBody.ts';
import { addErrorHandlers, rawError, rejectUnknownRoutes, sendError } from './errors.ts';
import { addSerialization } from './serialization.ts';
import { observeRequests } from './telemetry.ts';
import { limitUnreadBodies } from './unreadBody.ts';
import { addValidation } from './validation.ts';

export type HttpOptions = {
	logLevel?: string;
	/** Where log lines go. Default: standard error. */
	logStream?: { write(line: string): void };
	/** Largest request body in bytes. Default: 10 MiB. */
	bodyLimit?: number;
	/** How long a request may take to arrive, in milliseconds. Default: two minutes. */
	arrivalTimeoutMs?: number;
	/** The names that a config can have as `provider`. Default: the contract's. */
	providerNames?: readonly string[];
	/** How long the rest of a body may take to arrive once its request is answered, in milliseconds. Default: 30 seconds. */
	unreadBodyTimeoutMs?: number;
};

function addRequestLog(app: FastifyInstance): void {
	app.addHook('onRequest', (request, reply, done) => {
		reply.header('X-Request-Id', request.id);
		done();
	});
	app.addHook('onResponse', (request, reply, done) => {
		const { method, routeOptions } = request;
		request.log.debug({ method, route: routeOptions.url, status: reply.statusCode, ms: reply.elapsedTime }, 'answered');
		done();
	});
}

/** A Fastify instance without routes that validates, logs, limits and reports errors as this server does. */
export function createFastify(options: HttpOptions, telemetry: Telemetry) {
	const arrivalTimeoutMs = options.arrivalTimeoutMs ?? 120_000;
	const bodyLimit = options.bodyLimit ?? 10 * 1024 * 1024;
	const app = Fastify({
		logger: { level: options.logLevel ?? 'info', stream: options.logStream ?? process.stderr },
		// addRequestLog writes one line per request instead of Fastify's two.
		logController: new LogController({ disableRequestLogging: true }),
		genReqId: () => randomUUID(),
		bodyLimit,
		// A request that never arrives completely must not count as a call in flight forever.
		requestTimeout: arrivalTimeoutMs,
		http: {
			connectionsCheckingInterval: Math.min(30_000, arrivalTimeoutMs),
			headersTimeout: Math.min(60_000, arrivalTimeoutMs),
		},
		// The names of inputs are data: they are kept as they are and never merged into other objects.
		onProtoPoisoning: 'ignore',
		onConstructorPoisoning: 'ignore',
		// Its ten seconds would also limit the hooks before closing, and CLOSE_DELAY_MS can be longer.
		pluginTimeout: 0,
		// While the server closes, it still handles requests on connections that are open.
		return503OnClosing: false,
		clientErrorHandler(error, socket) {
			if (socket.writable) socket.end(rawError('code' in error ? error.code : undefined));
			else socket.destroy();
		},
		frameworkErrors(error, request, reply) {
			void sendError(error, request, reply);
		},
	}).withTypeProvider<TypeBoxTypeProvider>();
	// Node.js would respond to an unknown Expect header with a bare 417.
	app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
	// Only JSON is accepted: a body of another type gets a 415 instead of schema errors about a string.
	app.removeContentTypeParser('text/plain');
	ignoreTypeOfEmptyForm(app);
	addValidation(app, options.providerNames ?? providerNames);
	addSerialization(app);
	addErrorHandlers(app);
	addRequestLog(app);
	observeRequests(app, telemetry);
	rejectUnknownRoutes(app);
	// A body that is a little too large arrives whole, so that clients which send first and then read get their 413.
	limitUnreadBodies(app, 2 * bodyLimit, options.unreadBodyTimeoutMs ?? 30_000);
	return app;
}
