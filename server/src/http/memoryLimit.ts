import { Transform } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { type MemoryLimit, memoryOf, memoryPerByte, type MemoryShare } from '../domain/memory.ts';

declare module 'fastify' {
	interface FastifyRequest {
		/** What the request holds of the memory. Undefined for a request without a body. */
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

/**
 * Makes requests take room in the memory before their bodies are read: as much as the body's length tells, and more if
 * it turns out to need more. Without room, they get a 503, or a 413 if there never is enough.
 */
export function limitMemory(app: FastifyInstance, limit: MemoryLimit): void {
	app.decorateRequest('memory', undefined);
	app.addHook('onRequest', async (request, reply) => {
		const length = Number(request.headers['content-length'] ?? 0);
		if (length === 0 && request.headers['transfer-encoding'] === undefined) return;
		const share = limit.share();
		request.memory = share;
		reply.raw.once('close', () => share.done());
		share.growTo(length * memoryPerByte);
	});
	app.addHook('preParsing', (request, _reply, payload, done) => {
		const { memory, headers } = request;
		if (memory === undefined || Number(headers['content-length']) <= shortBody) return done(null, payload);
		done(null, payload.pipe(counted(memory)));
	});
}
