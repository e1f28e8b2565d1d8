import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { unprocessable } from '../domain/apiError.ts';

/** How many entries of feedback logs bring. */
function feedbackOf(logs: unknown[]): number {
	const lists = logs.map((log) => (log as { feedback?: unknown } | null)?.feedback);
	return lists.reduce<number>((total, list) => total + (Array.isArray(list) ? list.length : 0), 0);
}

/**
 * A hook that rejects a list with more than `max` entries as a body, and logs with more entries of feedback in all: others
 * wait until all are stored. It runs before the schema is applied to the entries, which takes a time that grows with them.
 * Throws the error of a schema with `maxItems`, or 422.
 */
export function limitBodyEntries(max: number) {
	return ({ body }: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction): void => {
		if (!Array.isArray(body)) return done();
		if (body.length > max) {
			const tooMany = { keyword: 'maxItems', instancePath: '', params: { limit: max } };
			throw Object.assign(new Error('too many entries'), { validation: [tooMany], validationContext: 'body' });
		}
		const feedback = feedbackOf(body);
		if (feedback <= max) return done();
		throw unprocessable(
			`The logs have ${feedback} entries of feedback in all, and a request may have ${max} (MAX_ENTRIES). ` +
				'Send fewer logs at once, or send the feedback with POST /v4/feedback.',
		);
	};
}
