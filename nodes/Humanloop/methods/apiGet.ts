import type { IDataObject, ILoadOptionsFunctions } from 'n8n-workflow';

import { nodeError } from '../execution/errors';
import { requestJson } from '../transport/request';

/** A list that takes longer is of no use in the editor. */
const usualTimeoutMs = 30_000;

/**
 * Reads from the API for the editor.
 *
 * @param path returns the path, relative to the base URL, or throws ApiFailure
 * @param check returns the response in its type, or throws ApiFailure
 * @throws NodeApiError with the API's own words, which the editor shows in place of the list
 */
export async function apiGet<T = IDataObject>(
	context: ILoadOptionsFunctions,
	path: () => string,
	qs: IDataObject = {},
	check = (response: IDataObject) => response as T,
	timeoutMs = usualTimeoutMs,
): Promise<T> {
	const { allowUnauthorizedCerts } = (context.getCurrentNodeParameter('requestOptions') ?? {}) as IDataObject;
	try {
		const response = await requestJson(context, {
			method: 'GET',
			url: path(),
			qs,
			headers: { Accept: 'application/json' },
			timeout: timeoutMs,
			...(allowUnauthorizedCerts === true && { skipSslCertificateValidation: true }),
		});
		return check(response);
	} catch (cause) {
		throw await nodeError(context, cause);
	}
}
