import type { TestContext } from 'node:test';
import './oneAxios.ts';
import { type ConfigurationParameters, Humanloop } from 'humanloop';
import type { AppOptions } from '../../src/app.ts';
import { startCheckingProxy, type Seen } from '../contract/proxy.ts';
import { type Sent, send } from '../keyRequests.ts';
import { apiKey, startApi } from '../setup.ts';

/** The server with the official SDK in front of it, and what a case can look at. */
export type Server = {
	sdk: Humanloop;
	/** Sends a request without the SDK. */
	send: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Sent>;
	/** The address with /v4, as the SDK gets it. */
	address: string;
	/** The methods of the SDK that were called. */
	called: Set<string>;
	seen: Seen;
};

/** Calls one method of the SDK and looks at what comes back. */
export type Case = (server: Server, t: TestContext) => Promise<void>;
/** Cases by the names of their methods. */
export type Cases = Record<string, Case>;

function isApi(value: unknown): value is object {
	return typeof value === 'object' && value !== null && value.constructor.name.endsWith('Api');
}

/** The methods that an object has from its classes, without those that are marked as private. */
function methodsOf(object: object): string[] {
	const names: string[] = [];
	let level = Object.getPrototypeOf(object) as object;
	for (; level !== Object.prototype; level = Object.getPrototypeOf(level) as object) {
		names.push(...Object.getOwnPropertyNames(level).filter((name) => name !== 'constructor' && !name.startsWith('_')));
	}
	return names;
}

/** The names of all methods of the SDK, such as `chats.create` and `chat`, in the SDK's own order. */
export function methodNames(): string[] {
	const sdk = new Humanloop({ apiKey });
	const apis = Object.entries(sdk).filter(([name, value]) => !name.startsWith('_') && isApi(value));
	const nested = apis.flatMap(([name, api]) => methodsOf(api as object).map((method) => `${name}.${method}`));
	return [...methodsOf(sdk), ...nested];
}

/** The object itself, but each call of one of its methods is noted in `called`. */
function noting<T extends object>(object: T, called: Set<string>, prefix = ''): T {
	return new Proxy(object, {
		get(target, key) {
			const value: unknown = Reflect.get(target, key);
			if (typeof key === 'symbol' || key.startsWith('_')) return value;
			if (isApi(value)) return noting(value, called, `${prefix}${key}.`);
			if (typeof value !== 'function') return value;
			return (...values: unknown[]) => {
				called.add(`${prefix}${key}`);
				return Reflect.apply(value, target, values) as unknown;
			};
		},
	});
}

/** Starts the server, and the SDK with further settings of its own, such as provider keys. */
export async function startSdk(
	t: TestContext,
	options: Partial<AppOptions> = {},
	settings: Partial<ConfigurationParameters> = {},
): Promise<Server> {
	const api = await startApi(t, options);
	const { url: address, ...seen } = await startCheckingProxy(t, await api.listen());
	const called = new Set<string>();
	return {
		sdk: noting(new Humanloop({ apiKey, basePath: address, ...settings }), called),
		send: (method, path, body, headers) => send(address, apiKey, method, path, body, headers),
		address,
		called,
		seen,
	};
}
