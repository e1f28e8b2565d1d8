import type { FastifyRequest } from 'fastify';

/**
 * A hook that rejects a list with more than `max` entries as a body. It runs before the schema is applied to the
 * entries, which takes a time that grows with them. Throws the error of a schema with `maxItems`.
 */
export function limitBodyEntries(max: number) {
	return async ({ body }: FastifyRequest): Promise<void> => {
		if (!Array.isArray(body) || body.length <= max) return;
		const tooMany = { keyword: 'maxItems', instancePath: '', params: { limit: max } };
		throw Object.assign(new Error('too many entries'), { validation: [tooMany], validationContext: 'body' });
	};
}
