import { ApiFailure } from './apiFailure';

/** Typical of a restart, a full queue or a lost packet. A wrong name or certificate stays wrong. */
const retryableCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'ETIMEDOUT', 'EPIPE', 'EAI_AGAIN']);

const certificateCodes = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/;

/**
 * What is known about a call, from whatever sending it threw.
 *
 * @param error an ApiFailure, which is returned as it is, or an error of n8n's HTTP client
 */
export function toApiFailure(error: unknown): ApiFailure {
	return error instanceof ApiFailure ? error : fromConnectionError(error);
}

/** @param error what reading a body threw: an ApiFailure, which is returned as it is, or an error of the stream */
export function bodyFailure(error: unknown): ApiFailure {
	if (error instanceof ApiFailure) return error;
	return new ApiFailure({
		message: 'The connection ended in the middle of the response',
		description: "Try again. The server's log may say more.",
		isRetryable: true,
	});
}

/** @param error what n8n's HTTP client threw: somewhere in its chain of causes is the error with Node.js's code */
function fromConnectionError(error: unknown): ApiFailure {
	const code = codeOf(error);
	return new ApiFailure({ ...explain(code, error), isRetryable: retryableCodes.has(code) });
}

function explain(code: string, error: unknown): { message: string; description: string } {
	if (code === 'ECONNREFUSED') {
		return {
			message: "Nothing listens at the 'Base URL' (ECONNREFUSED)",
			description:
				"Start the server, or correct the 'Base URL' in the Humanloop API credentials. Inside a container, 127.0.0.1 is the container itself.",
		};
	}
	if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
		return {
			message: `The host of the 'Base URL' was not found (${code})`,
			description: "Correct the 'Base URL' in the Humanloop API credentials.",
		};
	}
	if (code === 'ECONNABORTED' || code === 'ETIMEDOUT') {
		return {
			message: `No response within the timeout (${code})`,
			description:
				'The call may still finish and be paid for. Raise the timeout in the request options, or ask for a shorter output.',
		};
	}
	if (code === 'ECONNRESET' || code === 'EPIPE') {
		return {
			message: `The connection ended before the response (${code})`,
			description: "Try again. The server's log may say more.",
		};
	}
	if (certificateCodes.test(code)) {
		return {
			message: `The certificate of the host is not trusted (${code})`,
			description: "Make n8n trust the certificate, or switch on 'Ignore SSL Issues' in the request options.",
		};
	}
	return {
		message: error instanceof Error ? error.message : String(error),
		description: "Check the 'Base URL' in the Humanloop API credentials.",
	};
}

function codeOf(error: unknown): string {
	let current = error as { code?: unknown; httpCode?: unknown; cause?: unknown } | undefined;
	while (current) {
		// Up to n8n 2.8 the HTTP client's error has no cause, and n8n puts the code into the field for the status.
		for (const code of [current.code, current.httpCode])
			if (typeof code === 'string' && /^[A-Z]/.test(code)) return code;
		current = current.cause as typeof current;
	}
	return '';
}
