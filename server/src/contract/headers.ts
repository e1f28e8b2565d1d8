import { Type } from 'typebox';
import { Int } from './fields.ts';
import type { ValidationDetail } from '../http/validationErrors.ts';

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

/** What a call that is carried out once may say beside its body; other headers are let through. */
export const IdempotencyHeaders = Type.Object(idempotencyKey);

/** The same of a completion call. */
export const CompletionHeaders = Type.Object({
	...idempotencyKey,
	'X-Request-Timeout-Ms': Type.Optional(
		Int({
			minimum: 1,
			description: 'How long the caller waits, in milliseconds from the arrival of the call. Default 600000.',
		}),
	),
});

const names = new Map(Object.keys(CompletionHeaders.properties).map((name) => [name.toLowerCase(), name]));

/** An error's place with the header's name as it is documented: on the way in, all are in lower case. */
export function withHeaderName(detail: ValidationDetail): ValidationDetail {
	return { ...detail, loc: detail.loc.map((part) => names.get(String(part)) ?? part) };
}
