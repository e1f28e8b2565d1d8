import type { IDataObject, IHttpRequestOptions, ILoadOptionsFunctions } from 'n8n-workflow';

import { callApi } from '../request/callApi';
import { nodeError } from '../request/errors';

/** A list that takes longer is no help to somebody who is looking at it. */
const timeoutMs = 30_000;

/** Sends one GET of the editor. */
export type Ask = <T extends IDataObject | IDataObject[] = IDataObject>(url: string, qs?: IDataObject) => Promise<T>;

/**
 * Reads from the API for the editor.
 *
 * @param read asks as often as it needs, and checks what it gets
 * @throws NodeApiError with the API's own words, which the editor shows in place of the list
 */
export async function reading<T>(context: ILoadOptionsFunctions, read: (ask: Ask) => Promise<T>): Promise<T> {
	const { allowUnauthorizedCerts } = (context.getCurrentNodeParameter('requestOptions') ?? {}) as IDataObject;
	const request: Omit<IHttpRequestOptions, 'url'> = {
		method: 'GET',
		headers: { Accept: 'application/json' },
		timeout: timeoutMs,
		...(allowUnauthorizedCerts === true && { skipSslCertificateValidation: true }),
	};
	let failure: unknown;
	try {
		return await read(async (url, qs = {}) => await callApi(context, { ...request, url, qs }));
	} catch (cause) {
		failure = cause;
	}
	throw await nodeError(context, failure);
}
