import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Role } from '../contract/keys.ts';
import { ApiError } from '../domain/apiError.ts';
import type { KeyCheck, KeySource, Principal } from '../domain/keys/keyCheck.ts';
import { requireRole } from '../domain/keys/roles.ts';
import { hashOf } from '../domain/keys/secret.ts';
import { keyInCookie } from './keyCookie.ts';
import { keepFromOthers, requirePage } from './pageRequest.ts';
import type { RequestLimit } from './requestLimit.ts';
import type { WrongKeys } from './wrongKeys.ts';

declare module 'fastify' {
	interface FastifyRequest {
		/** Who has the API key of the request. */
		principal: Principal;
	}
	interface FastifyContextConfig {
		/** The lowest role that an API key needs for this route. */
		role?: Role;
	}
}

/** An API key, and where it was found. */
export type FoundKey = { key: string; source: KeySource };

/** Who has the API key of a request. Slows down guesses. Throws 401 if it is not valid, or 429 after too many wrong ones. */
export type KeyOfRequest = (request: FastifyRequest, found: FoundKey) => Promise<Principal>;

export function keyCheckOf(keys: KeyCheck, wrongKeys: WrongKeys): KeyOfRequest {
	return async ({ ip: address }, { key, source }) => {
		const hash = hashOf(key);
		if (wrongKeys.isInUse(address, hash)) return keys.principalOf(hash, source);
		wrongKeys.add(address, hash);
		const principal = await keys.principalOf(hash, source);
		wrongKeys.accept(address, hash);
		return principal;
	};
}

/**
 * The API key in the header, or else that of a person who has signed in, if the request comes from the page. Throws 401
 * if there is none, and 403 if another page sends the cookie.
 */
function findKey(request: FastifyRequest, reply: FastifyReply, publicUrl: string | undefined): FoundKey {
	const inHeader = request.headers['x-api-key'];
	if (typeof inHeader === 'string' && inHeader !== '') return { key: inHeader, source: 'header' };
	const inCookie = keyInCookie(request);
	if (inCookie === undefined) {
		throw new ApiError(401, 'The API key is missing. Send it in the header X-API-KEY.', { rejection: 'missing_key' });
	}
	requirePage(request, publicUrl);
	keepFromOthers(reply);
	return { key: inCookie, source: 'cookie' };
}

/** Each route says which role it needs, in its description too. Throws for a route that does not. */
function addRoleToRoutes(app: FastifyInstance): void {
	app.addHook('onRoute', (route) => {
		const role = route.config?.role;
		if (role === undefined) throw new Error(`The route ${String(route.method)} ${route.url} does not say its role.`);
		if (route.schema === undefined || 'x-role' in route.schema) return;
		const { description } = route.schema;
		const needs = `Needs an API key with the role \`${role}\`${role === 'admin' ? '' : ' or a higher one'}.`;
		route.schema = {
			...route.schema,
			description: description === undefined ? needs : `${description} ${needs}`,
			'x-role': role,
		} as typeof route.schema;
	});
}

/**
 * Admits only requests with a valid key whose role is high enough, and whose limit of requests is not used up. Call this
 * before you add routes. `publicUrl` is the server's own address, if it is known.
 */
export function requireApiKeys(
	app: FastifyInstance,
	checkKey: KeyOfRequest,
	limit: RequestLimit,
	publicUrl: string | undefined,
): void {
	app.decorateRequest('principal');
	addRoleToRoutes(app);
	app.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
		const principal = await checkKey(request, findKey(request, reply, publicUrl));
		request.principal = principal;
		limit.count(principal, reply);
		const { url, config } = request.routeOptions;
		requireRole(principal.role, config.role ?? 'admin', `${request.method} ${url}`);
	});
}
