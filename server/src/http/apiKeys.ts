import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Role } from '../contract/keys.ts';
import { ApiError } from '../domain/apiError.ts';
import type { KeyCheck, Principal } from '../domain/keys/keyCheck.ts';
import { requireRole } from '../domain/keys/roles.ts';
import { hashOf } from '../domain/keys/secret.ts';
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

/** Who has the key. Slows down guesses. Throws 401 if the key is not valid, or 429 after too many wrong ones. */
async function principalOf(request: FastifyRequest, keys: KeyCheck, wrongKeys: WrongKeys): Promise<Principal> {
	const key = request.headers['x-api-key'];
	if (typeof key !== 'string' || key === '') {
		throw new ApiError(401, 'The API key is missing. Send it in the header X-API-KEY.', { rejection: 'missing_key' });
	}
	const hash = hashOf(key);
	const address = request.ip;
	if (wrongKeys.isInUse(address, hash)) return keys.principalOf(hash);
	wrongKeys.add(address, hash);
	const principal = await keys.principalOf(hash);
	wrongKeys.accept(address, hash);
	return principal;
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
 * before you add routes.
 */
export function requireApiKeys(app: FastifyInstance, keys: KeyCheck, wrongKeys: WrongKeys, limit: RequestLimit): void {
	app.decorateRequest('principal');
	addRoleToRoutes(app);
	app.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
		const principal = await principalOf(request, keys, wrongKeys);
		request.principal = principal;
		limit.count(principal, reply);
		const { url, config } = request.routeOptions;
		requireRole(principal.role, config.role ?? 'admin', `${request.method} ${url}`);
	});
}
