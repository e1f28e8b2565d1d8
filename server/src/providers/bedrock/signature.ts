import { AwsV4Signer } from 'aws4fetch';
import type { Fetch } from '../aiSdk/wire.ts';
import { pooledFetch } from '../http.ts';

/** An access key of AWS. With a session token, it is one for a limited time. */
export type AccessKey = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

/** Sends requests with AWS's signature (version 4) of what goes over the wire, in place of an API key. */
export function signingFetch(key: AccessKey, region: string): Fetch {
	return async (url, init) => {
		const headers = new Headers(init?.headers);
		headers.delete('authorization');
		const body = init?.body as string;
		const signer = new AwsV4Signer({
			...key,
			url: url as string,
			method: 'POST',
			headers,
			body,
			region,
			service: 'bedrock',
		});
		const signed = await signer.sign();
		return pooledFetch(url, { ...init, headers: Object.fromEntries(signed.headers) });
	};
}
