import { Transform } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type MemoryLimit, memoryOf, memoryPerByte, type MemoryShare } from '../domain/memory.ts';

declare module 'fastify' {
	interface FastifyRequest {
		/** What the request holds of the memory, if that is limited. */
		memory: MemoryShare | undefined;
	}
}

/** Shorter bodies count by their length alone. */
const shortBody = 16 * 1024;

/** Counts a body as it arrives: its length may be unknown, and its values can take more memory than its text. */
function counted(share: MemoryShare): Transform {
	let memory = 0;
	return new Transform({
		transform(chunk: Buffer, _encoding, done) {
			memory += memoryOf(chunk);
			try {
				share.growTo(memory);
				done(null, chunk);
			} catch (error) {
				done(error as Error);
			}
		},
	});
}

function hasBody({ headers }: FastifyRequest): boolean {
	return Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined;
}

/**
 * Makes requests take room in the memory before their bodies are read: as much as the body's length tells, and more if
 * it turns out to need more. Without room, they get a 503, or a 413 if there never is enough. A request without a body
 * takes none at first.
 */
export function limitMemory(app: FastifyInstance, limit: MemoryLimit): void {
	app.decorateRequest('memory', undefined);
	app.addHook('onRequest', (request, reply, done) => {
		const share = limit.share();
		request.memory = share;
		reply.raw.once('close', () => share.done());
		if (hasBody(request)) share.growTo(Number(request.headers['content-length'] ?? 0) * memoryPerByte);
		done();
	});
	app.addHook('preParsing', (request, _reply, payload, done) => {
		const { memory, headers } = request;
		const isShort = !hasBody(request) || Number(headers['content-length']) <= shortBody;
		if (memory === undefined || isShort) return done(null, payload);
		done(null, payload.pipe(counted(memory)));
	});
}
