import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { ApiError } from '../domain/apiError.ts';
import { redact } from './redact.ts';

export const origin = 'OpenAI';

/** The provider's status in the contract's codes; docs/server.md has the table. */
function statusOf(status: number | undefined): number {
  if (status === undefined) return 503;
  if (status === 403) return 401;
  if (status === 408) return 504;
  if (status === 409) return 422;
  if ([400, 401, 404, 413, 422, 429, 500, 504].includes(status)) return status;
  return status < 500 ? 400 : 503;
}

/** `instanceof` alone gives the SDK's generic class with `any` in it. */
function isApiError(error: unknown): error is APIError {
  return error instanceof APIError;
}

/** What the provider says, without the status that the SDK puts before it. */
function wordsOf(error: APIError): string {
  const body: unknown = error.error;
  if (typeof body === 'object' && body !== null && 'message' in body && typeof body.message === 'string') {
    return body.message;
  }
  return error.message;
}

/** An answer that is no answer: cut off, empty, not in OpenAI's form. */
export function unusableAnswer(what: string): ApiError {
  return new ApiError(503, `The provider's answer cannot be used: ${what}`, { origin });
}

/** Statuses of a trouble that passes. */
const transient = new Set([429, 500, 502, 503, 504, 529]);

/** Whether it can go better the next time: never after a time-out, as the provider may be at work still. */
function isTransient(error: APIError): boolean {
  // An account without credit answers 429 as well, and does so for good.
  if (error.code === 'insufficient_quota') return false;
  // Without a status, nothing was answered: a connection error; anything else came in the middle of an answer.
  return error.status === undefined ? error instanceof APIConnectionError : transient.has(error.status);
}

/** The wait that the provider asks for, in milliseconds. */
function retryAfterMs({ headers }: APIError): number | undefined {
  const ms = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (ms >= 0) return ms;
  const text = headers?.get('retry-after') ?? '';
  const wait = /^\s*[\d.]+\s*$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}

/**
 * The error of a provider call as the caller is told it: the contract's code, the provider's words without any key,
 * Retry-After passed on. Aborting wins over what the SDK makes of it.
 */
export function providerError(error: unknown, keys: readonly string[], signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof ApiError) return error;
  if (error instanceof APIConnectionTimeoutError) {
    return new ApiError(504, 'The provider did not answer in time.', { origin });
  }
  if (isApiError(error)) {
    return new ApiError(statusOf(error.status), redact(wordsOf(error), keys), {
      origin,
      retryAfterMs: retryAfterMs(error),
      isTransient: isTransient(error),
    });
  }
  const words = error instanceof Error ? error.message : String(error);
  return new ApiError(503, `The connection to the provider failed: ${redact(words, keys)}`, { origin });
}
