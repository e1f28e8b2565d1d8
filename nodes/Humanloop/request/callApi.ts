import type {
	IDataObject,
	IExecuteSingleFunctions,
	IHttpRequestOptions,
	ILoadOptionsFunctions,
	IN8nHttpFullResponse,
} from 'n8n-workflow';

import { refusedCall } from './apiErrors';
import { FailedCallError } from './failedCall';

/**
 * Sends one request with the credentials' keys to the credentials' host.
 *
 * @returns the answer whatever its status; a body of JSON is parsed
 * @throws whatever n8n's HTTP client throws when the connection fails
 */
export async function sendRequest(
	context: IExecuteSingleFunctions | ILoadOptionsFunctions,
	request: IHttpRequestOptions,
): Promise<IN8nHttpFullResponse> {
	return (await context.helpers.httpRequestWithAuthentication.call(context, 'humanloopApi', {
		...request,
		returnFullResponse: true,
		// n8n would drop `detail`, and send again after a 401.
		ignoreHttpStatusErrors: true,
		// The keys would follow a redirect to wherever it points.
		disableFollowRedirect: true,
	})) as IN8nHttpFullResponse;
}

/**
 * Sends one request whose answer is one object or a list of them.
 *
 * @returns the body of the answer
 * @throws FailedCallError when the API refuses, or answers with something else; whatever n8n's HTTP
 *   client throws when the connection fails
 */
export async function callApi<T extends IDataObject | IDataObject[] = IDataObject>(
	context: IExecuteSingleFunctions | ILoadOptionsFunctions,
	request: IHttpRequestOptions,
): Promise<T> {
	const { statusCode, headers, body } = await sendRequest(context, request);
	if (statusCode < 200 || statusCode > 299) throw new FailedCallError(refusedCall(statusCode, body, headers));
	if (typeof body !== 'object' || body === null) {
		throw new FailedCallError({
			message: 'The answer is not one of the v4 API',
			description: "Check the 'Base URL' in the Humanloop API credentials. It ends with /v4.",
			status: statusCode,
		});
	}
	return body as T;
}
