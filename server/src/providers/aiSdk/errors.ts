import { ApiError } from '../../domain/apiError.ts';
import { bodyIn, isBody, textIn } from '../body.ts';
import {
	brokenMessage,
	causesOf,
	connectionMessage,
	isTemporary,
	isUnreachable,
	retryAfterMs,
	statusOf,
} from '../hostErrors.ts';
import { UnusableResponse } from '../generation.ts';
import { BrokenResponse, HttpFailure, NoResponse } from '../http.ts';
import { type HostName, messageIn, StreamFailure } from '../openai/errors.ts';

/** Bedrock's status for a model that failed. */
const modelFailed = 424;

/** Google says in the body of an error how long to wait: {"retryDelay": "12s"}. In milliseconds. */
function retryDelayIn(body: unknown): number | undefined {
	const details = bodyIn(bodyIn(body)['error'])['details'];
	if (!Array.isArray(details)) return undefined;
	const delays = details.filter(isBody).map(({ retryDelay }) => /^(\d+(\.\d+)?)s$/.exec(textIn(retryDelay))?.[1]);
	const seconds = delays.find((delay) => delay !== undefined);
	return seconds === undefined ? undefined : Number(seconds) * 1000;
}

/** An error that came as a part of a stream. */
function isStreamError(error: unknown): error is { message: string; statusCode: number } {
	return isBody(error) && typeof error['message'] === 'string' && typeof error['statusCode'] === 'number';
}

/** The host reported an error after the model had begun to answer: the request may be charged. The cause is what it said. */
export class LateFailure extends Error {
	constructor(cause: unknown) {
		super('failed stream', { cause });
	}
}

/** A failed call in the contract's codes and the provider's words. SDKs wrap what failed in errors of their own. */
export function mapError(error: unknown, { origin, inSentence }: HostName): ApiError {
	if (error instanceof LateFailure) {
		const { message, retryAfterMs: wait } = mapError(error.cause, { origin, inSentence });
		return new ApiError(503, message, { origin, retryAfterMs: wait });
	}
	const causes = causesOf(error);
	const failure = causes.find((cause) => cause instanceof HttpFailure);
	if (failure !== undefined) {
		const { body, headers } = failure;
		const status = failure.status === modelFailed ? 503 : failure.status;
		const message = messageIn(body) || `The request to ${inSentence} failed with the status ${status} and no message.`;
		return new ApiError(statusOf(status), message, {
			origin,
			retryAfterMs: retryAfterMs(headers) ?? retryDelayIn(body),
			isRetryable: isTemporary(status),
			isUnanswered: true,
		});
	}
	const unanswered = causes.find((cause) => cause instanceof NoResponse);
	if (unanswered !== undefined) {
		return new ApiError(503, connectionMessage(error, inSentence), {
			origin,
			// A host that took its time may have run the model, as with 504.
			isRetryable: isUnreachable(error) || unanswered.isImmediate,
			mayBeCharged: !isUnreachable(error),
			isUnanswered: true,
		});
	}
	// Not retryable: the model has been at work, and is paid for that.
	if (causes.some((cause) => cause instanceof BrokenResponse)) {
		return new ApiError(503, brokenMessage(error, inSentence), { origin });
	}
	const reported = causes.find((cause) => cause instanceof StreamFailure);
	if (reported !== undefined) {
		const message = messageIn(reported.body) || `The response of ${inSentence} is an error without a message.`;
		return new ApiError(503, message, { origin });
	}
	const unusable = causes.find((cause) => cause instanceof UnusableResponse);
	if (unusable !== undefined) {
		return new ApiError(503, `The provider's response cannot be used: ${unusable.message}`, { origin });
	}
	// A host may find out that it is overloaded after it has sent the head of a response. Then the model has not begun.
	const [streamError] = [error, ...causes].filter(isStreamError);
	if (streamError !== undefined && streamError.statusCode >= 300) {
		const { message, statusCode } = streamError;
		const status = statusCode === modelFailed ? 503 : statusCode;
		return new ApiError(statusOf(status), message, { origin, isRetryable: isTemporary(status), isUnanswered: true });
	}
	return new ApiError(503, `The provider's response cannot be used: it is not in the form of ${origin}'s API.`, {
		origin,
	});
}
