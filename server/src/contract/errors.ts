import { Type } from 'typebox';
import { Described } from './fields.ts';

/** 422 for a request that does not match its schema, in the form of FastAPI and pydantic v1 as in the hosted service. */
const ValidationErrors = Type.Object(
	{
		detail: Type.Array(
			Type.Object(
				{
					loc: Type.Array(Type.Unsafe<string | number>({ type: ['string', 'integer'] })),
					msg: Type.String(),
					type: Type.String(),
				},
				{ title: 'ValidationError' },
			),
		),
	},
	{ title: 'HTTPValidationError' },
);

/** Every other error. `origin` is "Humanloop" for an error of this server, or the name of the provider it came from. */
export const ErrorResponse = Type.Object(
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
 * The error responses of a route that only reads. They are for the OpenAPI document: http/errors.ts writes errors
 * itself, because 422 has two forms and a schema serializer would have to find out which one it got.
 */
export const errorResponses = {
	400: Described(ErrorResponse, 'The request cannot be read.'),
	401: Described(ErrorResponse, 'The API key is missing or not valid.'),
	403: Described(ErrorResponse, 'The role of the API key is too low. The message names the role that is needed.'),
	404: Described(ErrorResponse, 'Something that the request refers to does not exist.'),
	422: Type.Unsafe<unknown>({
		description:
			'HTTPValidationError: a list of all fields that are missing or wrong. Error: the request cannot be carried out.',
		anyOf: [ValidationErrors, ErrorResponse],
	}),
	429: Described(
		ErrorResponse,
		'Too many requests with this API key, or too many wrong API keys from this address. Retry-After says when to try again.',
	),
	500: Described(ErrorResponse, 'Something went wrong in the server. Look for the X-Request-Id in its log.'),
};

/** The error responses of a route that takes a body. */
export const bodyErrorResponses = {
	...errorResponses,
	413: Described(ErrorResponse, 'The body is too large.'),
	415: Described(ErrorResponse, 'The body is not sent as application/json.'),
};

/** The error responses of a route that calls a provider. */
export const callErrorResponses = {
	...bodyErrorResponses,
	400: Described(ErrorResponse, 'The request cannot be read, or the provider rejected it.'),
	401: Described(
		ErrorResponse,
		'The API key is missing or not valid. With the origin of a provider: the key of that provider.',
	),
	402: Described(ErrorResponse, 'The call could cost more than is left of a budget. The message names the budget.'),
	429: Described(
		ErrorResponse,
		'The rate limit of the provider or of the API key, or too many wrong API keys from this address. Retry-After says when to try again, if that is known.',
	),
	500: Described(ErrorResponse, 'Something went wrong in the server or at the provider.'),
	502: Described(ErrorResponse, "The provider's response was rejected: a redirect, or too large."),
	503: Described(ErrorResponse, 'The server has too many calls in flight, or the provider cannot be reached or used.'),
	504: Described(ErrorResponse, 'The call did not end in time.'),
};

/** The error responses of a route that this server does not have. */
export const notBuiltResponses = {
	401: errorResponses[401],
	429: errorResponses[429],
	501: Described(
		ErrorResponse,
		'This server does not have what the path stands for. The message says what to use instead.',
	),
};
