import { Type } from 'typebox';
import { Int } from './fields.ts';

const idempotencyKey = {
	'Idempotency-Key': Type.Optional(
		Type.String({
			pattern: '^[\\x21-\\x7e]{1,255}$',
			description:
				'Your own name for this call, 1 to 255 visible ASCII characters. The same call, sent again with the same key ' +
				'within 24 hours, is answered with the first answer; nothing is done again.',
		}),
	),
};

/** The headers of a request that is carried out once per Idempotency-Key. Other headers are allowed. */
export const IdempotencyHeaders = Type.Object(idempotencyKey);

/** The headers of a completion call. */
export const CompletionHeaders = Type.Object({
	...idempotencyKey,
	'X-Request-Timeout-Ms': Type.Optional(
		Int({
			minimum: 1,
			description: 'How long the caller waits, in milliseconds from the arrival of the call. Default 600000.',
		}),
	),
});
