import { Type } from 'typebox';
import { Int } from './fields.ts';

const idempotencyKey = {
	'Idempotency-Key': Type.Optional(
		Type.String({
			pattern: '^[\\x21-\\x7e]{1,255}$',
			description:
				'A unique key for this call: 1 to 255 visible ASCII characters. If you send the same call with the same key again ' +
				'within 24 hours, you get the first response again, and nothing runs a second time.',
		}),
	),
};

/** Without a pattern: the server ignores what it cannot use. */
const callOrigin = {
	'X-Call-Origin': Type.Optional(
		Type.String({
			description:
				'Where the call came from: a JSON object in ASCII, at most 2,048 bytes, with any of `execution_url` (http or https), ' +
				'`workflow_id` and `node_name`. It is stored with the logs. It is no part of what a repeat must match. Anything ' +
				'else is ignored.',
		}),
	),
};

/** The headers of POST /logs. Other headers are allowed. */
export const CreateLogsHeaders = Type.Object(callOrigin);

/** The headers of a request that is carried out once per Idempotency-Key. Other headers are allowed. */
export const IdempotencyHeaders = Type.Object(idempotencyKey);

/** The headers of a completion call. */
export const CompletionHeaders = Type.Object({
	...idempotencyKey,
	...callOrigin,
	'X-Request-Timeout-Ms': Type.Optional(
		Int({
			minimum: 1,
			description: 'How long the caller waits, in milliseconds from the arrival of the call. Default 600000.',
		}),
	),
	'X-Reuse-Max-Age': Type.Optional(
		Int({
			minimum: 1,
			description:
				'If the same call was answered within so many seconds under the same API key, get that answer again. It costs ' +
				'nothing. The response then has the header `X-Reused-Log-Id` with the log of the first answer.',
		}),
	),
	'X-Max-Retries': Type.Optional(
		Int({
			minimum: 0,
			description:
				'How many requests to the provider may fail before no further one is sent. With an Idempotency-Key, the server ' +
				'counts over all repeats of the call, and answers `X-Should-Retry: false` when no retry is left. Once you have ' +
				'received that, the next call with the key starts a new count. Without the header, a call has at most two retries, and repeats are not counted.',
		}),
	),
});
