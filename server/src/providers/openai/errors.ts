import { ApiError } from '../../domain/apiError.ts';
import { bodyIn, isBody } from '../body.ts';
import {
	brokenMessage,
	causesOf,
	connectionMessage,
	isTemporary,
	isUnreachable,
	retryAfterMs,
	statusOf,
} from '../hostErrors.ts';
import { BrokenResponse, HttpFailure, NoResponse } from '../http.ts';
import { PrivateAddress } from '../publicAddress.ts';

/** The host reported an error in a stream, or in a response with a good status. `body` is what it says. */
export class StreamFailure extends Error {
	readonly body: unknown;

	constructor(body: unknown) {
		super('failed stream');
		this.body = body;
	}
}

/** How errors name a host. */
export type HostName = {
	/** `origin` of its errors: "OpenAI". */
	origin: string;
	/** In a sentence: "OpenAI", "the host of OPENAI_BASE_URL (http://…)". */
	inSentence: string;
};

const longestMessage = 2_000;

/**
 * What the host says. OpenAI has `error.message`. Others have `error`, `message` or `detail`, each a text or an object,
 * or no JSON at all: then the body itself is the message.
 */
export function messageIn(body: unknown): string {
	if (!isBody(body)) return typeof body === 'string' ? body.trim().slice(0, longestMessage) : '';
	const error = body['error'] ?? body;
	if (typeof error === 'string') return error;
	const { message, detail } = bodyIn(error);
	const said = message ?? detail ?? error;
	return (typeof said === 'string' ? said : JSON.stringify(said)).slice(0, longestMessage);
}

function failureMessage({ status, body }: HttpFailure, { inSentence }: HostName): string {
	return messageIn(body) || `The request to ${inSentence} failed with the status ${status} and no message.`;
}

/** An account without credit is a 429 too, and stays one. */
function isWithoutCredit(body: unknown): boolean {
	return bodyIn(bodyIn(body)['error'])['code'] === 'insufficient_quota';
}

/** A failed call in the contract's codes and the provider's words, with its Retry-After. */
export function mapError(error: unknown, host: HostName): ApiError | undefined {
	const { origin, inSentence } = host;
	if (error instanceof HttpFailure) {
		return new ApiError(statusOf(error.status), failureMessage(error, host), {
			origin,
			retryAfterMs: retryAfterMs(error.headers),
			isRetryable: isTemporary(error.status) && !isWithoutCredit(error.body),
			isUnanswered: true,
		});
	}
	if (causesOf(error).some((cause) => cause instanceof PrivateAddress)) {
		return new ApiError(422, `${inSentence} is not on the public internet: this server does not connect to it.`);
	}
	if (error instanceof NoResponse) {
		return new ApiError(503, connectionMessage(error, inSentence), {
			origin,
			// A host that took its time may have run the model, as with 504.
			isRetryable: isUnreachable(error) || error.isImmediate,
			mayBeCharged: !isUnreachable(error),
			isUnanswered: true,
		});
	}
	// Not retryable: the model has been at work, and is paid for that.
	if (error instanceof BrokenResponse) return new ApiError(503, brokenMessage(error, inSentence), { origin });
	if (error instanceof StreamFailure) {
		return new ApiError(503, messageIn(error.body) || `The response of ${inSentence} is an error without a message.`, {
			origin,
		});
	}
	return undefined;
}
