import type { FailedCall } from './failedCall';

/** What a restart, a full queue or a lost packet looks like; a wrong name or certificate stays wrong. */
const transientCodes = new Set([
	'ERR_BAD_RESPONSE',
	'ECONNREFUSED',
	'ECONNRESET',
	'ECONNABORTED',
	'ETIMEDOUT',
	'EPIPE',
	'EAI_AGAIN',
]);

const certificateCodes = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/;

/**
 * Tells a failed connection in words.
 *
 * @param error what n8n's HTTP client threw: an error whose chain of causes ends in the one with
 *   Node.js's code
 */
export function brokenConnection(error: unknown): FailedCall {
	const code = codeOf(error);
	const isTransient = transientCodes.has(code);
	return { ...wordsFor(code, error), status: null, requestId: null, isTransient, retryAfterMs: null };
}

function wordsFor(code: string, error: unknown): { message: string; description: string } {
	if (code === 'ECONNREFUSED') {
		return {
			message: "Nothing listens at the 'Base URL' (ECONNREFUSED)",
			description:
				"Start the server, or correct the 'Base URL' in the Humanloop API credentials. Inside a container, 127.0.0.1 is the container itself.",
		};
	}
	if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
		return {
			message: `The host of the 'Base URL' is not known (${code})`,
			description: "Correct the 'Base URL' in the Humanloop API credentials.",
		};
	}
	if (code === 'ECONNABORTED' || code === 'ETIMEDOUT') {
		return {
			message: `No answer within the timeout (${code})`,
			description:
				'The answer may still be on its way and be paid for. Raise the timeout in the request options, or ask for a shorter answer.',
		};
	}
	if (code === 'ECONNRESET' || code === 'EPIPE') {
		return {
			message: `The connection ended before the answer (${code})`,
			description: 'Try again. The log of the server says more.',
		};
	}
	// axios says so when the body of an answer breaks off; statuses are not its affair here.
	if (code === 'ERR_BAD_RESPONSE') {
		return {
			message: 'The connection ended in the middle of the answer',
			description: 'Try again. The log of the server says more.',
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
		// Up to n8n 2.8 the HTTP client's error has no cause; n8n puts the code where a status would stand.
		for (const code of [current.code, current.httpCode])
			if (typeof code === 'string' && /^[A-Z]/.test(code)) return code;
		current = current.cause as typeof current;
	}
	return '';
}
