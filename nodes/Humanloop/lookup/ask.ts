import type { IDataObject, IHttpRequestOptions, ILoadOptionsFunctions } from 'n8n-workflow';

import { callApi } from '../request/callApi';
import { nodeError } from '../request/errors';

/** A list that takes longer is no help to somebody who is looking at it. */
const timeoutMs = 30_000;

/**
 * Reads from the API for the editor.
 *
 * @throws NodeApiError with the API's own words, which the editor shows in place of the list
 */
export async function ask<T extends IDataObject | IDataObject[]>(
	context: ILoadOptionsFunctions,
	url: string,
	qs: IDataObject = {},
): Promise<T> {
	const { allowUnauthorizedCerts } = (context.getCurrentNodeParameter('requestOptions') ?? {}) as IDataObject;
	const request: IHttpRequestOptions = {
		method: 'GET',
		url,
		qs,
		headers: { Accept: 'application/json' },
		timeout: timeoutMs,
		...(allowUnauthorizedCerts === true && { skipSslCertificateValidation: true }),
	};
	let failure: unknown;
	try {
		return await callApi<T>(context, request);
	} catch (cause) {
		failure = cause;
	}
	throw await nodeError(context, failure);
}
