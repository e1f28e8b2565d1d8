import type {
	IDataObject,
	IExecuteSingleFunctions,
	IHttpRequestOptions,
	ILoadOptionsFunctions,
	IN8nHttpFullResponse,
} from 'n8n-workflow';

import { fromResponse, unexpectedResponse } from './httpFailure';

/**
 * Sends one request to the host of the credentials, with their keys.
 *
 * @returns the response, whatever its status; a JSON body is parsed
 * @throws whatever n8n's HTTP client throws when the connection fails
 */
export async function sendRequest(
	context: IExecuteSingleFunctions | ILoadOptionsFunctions,
	request: IHttpRequestOptions,
): Promise<IN8nHttpFullResponse> {
	return (await context.helpers.httpRequestWithAuthentication.call(context, 'humanloopApi', {
		...request,
		returnFullResponse: true,
		// Otherwise n8n drops `detail`, and sends the request again after a 401.
		ignoreHttpStatusErrors: true,
		// Otherwise the keys follow a redirect to wherever it points.
		disableFollowRedirect: true,
	})) as IN8nHttpFullResponse;
}

/**
 * Sends one request whose response is one object or a list of objects.
 *
 * @returns the response's body
 * @throws ApiFailure when the API rejects the call or responds with something else; whatever n8n's HTTP client
 *   throws when the connection fails
 */
export async function requestJson<T extends IDataObject | IDataObject[] = IDataObject>(
	context: IExecuteSingleFunctions | ILoadOptionsFunctions,
	request: IHttpRequestOptions,
): Promise<T> {
	const { statusCode, headers, body } = await sendRequest(context, request);
	if (statusCode < 200 || statusCode > 299) throw fromResponse(statusCode, body, headers);
	if (typeof body !== 'object' || body === null) throw unexpectedResponse('JSON', statusCode);
	return body as T;
}
