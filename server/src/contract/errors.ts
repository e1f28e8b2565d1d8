import { Type } from 'typebox';

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
 * The error answers of a route, for the OpenAPI document only: 422 has two forms, and a serializer that has to find
 * out which one it is given would cost more than it tells.
 */
export const errorResponses = {
  401: ErrorAnswer,
  404: ErrorAnswer,
  422: Type.Unsafe<unknown>({ description: 'HTTPValidationError or Error', anyOf: [ValidationErrors, ErrorAnswer] }),
  '5xx': ErrorAnswer,
};
