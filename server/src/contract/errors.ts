import { Type } from 'typebox';
import { Described } from './fields.ts';

/** 422 of a request that the schema refuses; the form of FastAPI and pydantic v1, which the hosted service used. */
export const ValidationErrors = Type.Object(
	{
		detail: Type.Array(
			Type.Object({
				loc: Type.Array(Type.Unsafe<string | number>({ type: ['string', 'integer'] })),
				msg: Type.String(),
				type: Type.String(),
			}),
		),
	},
	{ title: 'HTTPValidationError' },
);

/** Every other error. `origin` is "Humanloop" for this server's own and the provider's name for a provider's. */
export const ErrorAnswer = Type.Object(
	{
		detail: Type.Object({
			type: Type.String(),
			message: Type.String(),
			code: Type.Integer(),
			origin: Type.String(),
		}),
	},
	{ title: 'Error' },
);

/**
 * The error answers of a route that only reads, for the OpenAPI document only: 422 has two forms, and a serializer that
 * has to find out which one it is given would cost more than it tells.
 */
export const errorResponses = {
	400: Described(ErrorAnswer, 'The request cannot be read.'),
	401: Described(ErrorAnswer, 'The API key is missing or not valid.'),
	404: Described(ErrorAnswer, 'What the request names does not exist.'),
	422: Type.Unsafe<unknown>({
		description:
			'HTTPValidationError: fields are missing or wrong, all named at once. Error: the request cannot be carried out.',
		anyOf: [ValidationErrors, ErrorAnswer],
	}),
	500: Described(ErrorAnswer, 'Something went wrong in the server; its log has more under the X-Request-Id.'),
};

/** Those of a route that takes a body. */
export const bodyErrorResponses = {
	...errorResponses,
	413: Described(ErrorAnswer, 'The body is too large.'),
	415: Described(ErrorAnswer, 'The body is not sent as application/json.'),
};

/** Those of a route that asks a provider. */
export const callErrorResponses = {
	...bodyErrorResponses,
	400: Described(ErrorAnswer, 'The request cannot be read, or the provider refused it.'),
	401: Described(ErrorAnswer, 'The API key is missing or not valid; or, with the origin of the provider, its key.'),
	429: Described(
		ErrorAnswer,
		'The provider limits its calls. Retry-After says when to try again, if the provider does.',
	),
	500: Described(ErrorAnswer, 'Something went wrong in the server or at the provider.'),
	503: Described(ErrorAnswer, 'The server is at its limit of calls, or the provider cannot be reached or used.'),
	504: Described(ErrorAnswer, 'The call did not end in time.'),
};
