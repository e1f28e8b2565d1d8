import type { Role } from '../src/contract/keys.ts';
import { until } from './provider.ts';
import { apiKey, type Body } from './setup.ts';

export type KeyBody = { id: string; key: string; name: string; state: string } & Body;

export type Sent = { status: number; headers: Headers; body: KeyBody };

/** Sends a request with an API key over a socket. `address` ends with /v4. */
export async function send(
	address: string,
	key: string,
	method: string,
	path: string,
	body?: unknown,
	headers: Record<string, string> = {},
): Promise<Sent> {
	const response = await fetch(`${address}${path}`, {
		method,
		headers: { 'x-api-key': key, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
	const text = await response.text();
	return { status: response.status, headers: response.headers, body: (text === '' ? {} : JSON.parse(text)) as KeyBody };
}

/** Makes a key through the API, with the key of the environment. */
export async function makeKey(address: string, name: string, role: Role, more: object = {}): Promise<KeyBody> {
	const { status, body } = await send(address, apiKey, 'POST', '/keys', { name, role, ...more });
	if (status !== 201) throw new Error(JSON.stringify(body));
	return body;
}

/** Sends the request again until it has that status. */
export async function untilStatus(status: number, ask: () => Promise<{ status: number }>): Promise<void> {
	await until(async () => (await ask()).status === status);
}
