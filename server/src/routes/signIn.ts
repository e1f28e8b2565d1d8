import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { bodyErrorResponses, errorResponses } from '../contract/errors.ts';
import { Described } from '../contract/fields.ts';
import { SignedInResponse, SignInRequest } from '../contract/signIn.ts';
import type { Principal } from '../domain/keys/keyCheck.ts';
import type { KeyOfRequest } from '../http/apiKeys.ts';
import { clearKeyCookie, setKeyCookie } from '../http/keyCookie.ts';
import { keepFromOthers, requirePage } from '../http/pageRequest.ts';

function toResponse({ actor, role, expiresAt }: Principal): SignedInResponse {
	return { name: actor.name, role, expires_at: expiresAt };
}

const ours = "Not part of Humanloop's v4 API.";
const tags = ['Signing in'];
const path = '/session';

/**
 * Signing in to the page and out of it: the browser keeps the API key in a cookie that no script can read. Both work
 * without a key in the header. `checkKey` throws if the key is not valid.
 */
export function signInRoutes(checkKey: KeyOfRequest, publicUrl: string | undefined): FastifyPluginAsyncTypebox {
	return async (app) => {
		app.addHook('onRequest', async (request, reply) => {
			keepFromOthers(reply);
			// Programs send neither header. A browser must not sign in or out because another site wants it to.
			const { origin, 'sec-fetch-site': site } = request.headers;
			if (origin !== undefined || site !== undefined) requirePage(request, publicUrl);
		});

		app.post(
			path,
			{
				bodyLimit: 16 * 1024,
				schema: {
					operationId: 'sign_in',
					summary: 'Sign in to the page with an API key',
					description: `Sets a cookie for a week, which the page's requests are accepted with instead of the header. Needs no API key in the header. ${ours}`,
					tags,
					security: [],
					body: SignInRequest,
					response: { 200: Described(SignedInResponse, 'Who has signed in.'), ...bodyErrorResponses },
				},
			},
			async (request, reply) => {
				const key = request.body.api_key.trim();
				const principal = await checkKey(request, { key, source: 'body' });
				setKeyCookie(request, reply, key);
				return toResponse(principal);
			},
		);

		app.delete(
			path,
			{
				schema: {
					operationId: 'sign_out',
					summary: 'Sign out of the page',
					description: `Removes the cookie. Needs no API key, so it works after the key was revoked too. ${ours}`,
					tags,
					security: [],
					response: { 204: Type.Null({ description: 'Signed out.' }), 403: errorResponses[403] },
				},
			},
			async (_request, reply) => {
				clearKeyCookie(reply);
				return reply.status(204).send(null);
			},
		);
	};
}

/** Says who has the API key of the request: that of the cookie, or of the header. */
export function whoAmIRoutes(): FastifyPluginAsyncTypebox {
	return async (app) => {
		app.get(
			path,
			{
				config: { role: 'read' },
				schema: {
					operationId: 'get_session_of_page',
					summary: 'Get the name and the role of the API key of this request',
					description: ours,
					tags,
					response: { 200: Described(SignedInResponse, 'Who sends the request.'), ...errorResponses },
				},
			},
			async ({ principal }) => toResponse(principal),
		);
	};
}
