import { ApiFailure } from './apiFailure';

/** Typical of a restart, a full queue or a lost packet. A wrong name or certificate stays wrong. */
const retryableCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'ETIMEDOUT', 'EPIPE', 'EAI_AGAIN']);

const certificateCodes = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/;

/**
 * What is known about a call, from the error that sending it threw.
 *
 * @param error an ApiFailure, which is returned as it is, or an error of n8n's HTTP client
 */
export function toApiFailure(error: unknown): ApiFailure {
	return error instanceof ApiFailure ? error : fromConnectionError(error);
}

/** @returns the base URL's address as seen from a container, if it is the container itself that it names; or '' */
function containerAdvice(baseUrl: string): string {
	if (!URL.canParse(baseUrl)) return '';
	const url = new URL(baseUrl);
	if (!/^(localhost|127\..*|\[::1\]|0\.0\.0\.0)$/.test(url.hostname)) return '';
	const at = (host: string) => `http://${host}${url.port && `:${url.port}`}${url.pathname.replace(/\/+$/, '')}`;
	return ` n8n in a container? Use ${at('host.docker.internal')} or ${at('humanloop')}, because ${url.hostname} is the container itself.`;
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

/**
 * @param error what n8n's HTTP client threw: somewhere in its chain of causes is the error with Node.js's code
 * @param baseUrl of the credentials
 */
export function fromConnectionError(error: unknown, baseUrl = ''): ApiFailure {
	const code = codeOf(error);
	return new ApiFailure({ ...explain(code, error, baseUrl), isRetryable: retryableCodes.has(code) });
}

function explain(code: string, error: unknown, baseUrl: string): { message: string; description: string } {
	if (isBlockedByN8n(error)) {
		return {
			message: "n8n's SSRF protection blocks the host of the 'Base URL'",
			description:
				'Add the host to N8N_SSRF_ALLOWED_HOSTNAMES, or its address to N8N_SSRF_ALLOWED_IP_RANGES, where n8n runs.',
		};
	}
	if (code === 'ECONNREFUSED') {
		return {
			message: "Nothing listens at the 'Base URL' (ECONNREFUSED)",
			description:
				"Start the server, or correct the 'Base URL' in the Humanloop API credentials." + containerAdvice(baseUrl),
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
	if (code === 'EPROTO') {
		return {
			message: `The host of the 'Base URL' does not speak https (${code})`,
			description: "Begin the 'Base URL' in the Humanloop API credentials with http://, or check its port.",
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

/** Errors of n8n's protection against requests to private addresses (n8n 2.41.1, backend-network). */
function isBlockedByN8n(error: unknown): boolean {
	let current = error as { name?: unknown; message?: unknown; cause?: unknown } | undefined;
	while (current) {
		if (/^SsrfBlocked/.test(String(current.name))) return true;
		if (/^The request was blocked because /.test(String(current.message))) return true;
		current = current.cause as typeof current;
	}
	return false;
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
