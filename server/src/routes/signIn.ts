import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { bodyErrorResponses, errorResponses } from '../contract/errors.ts';
import { Described } from '../contract/fields.ts';
import { SignedInResponse, SignInCodeResponse, SignInRequest } from '../contract/signIn.ts';
import { ApiError } from '../domain/apiError.ts';
import type { Principal } from '../domain/keys/keyCheck.ts';
import { type SignInCodes, signInPath } from '../domain/keys/signInCodes.ts';
import type { KeyOfRequest } from '../http/apiKeys.ts';
import { clearKeyCookie, setKeyCookie } from '../http/keyCookie.ts';
import { keepFromOthers, requirePage } from '../http/pageRequest.ts';

function toResponse({ actor, role, expiresAt }: Principal): SignedInResponse {
	return { name: actor.name, role, expires_at: expiresAt };
}

const ours = "Not part of Humanloop's v4 API.";
const tags = ['Signing in'];
const path = '/session';

/** Throws 401 if the code is not valid: it is too long to be guessed. */
function take(code: string, codes: SignInCodes) {
	const taken = codes.take(code);
	if (taken !== undefined) return taken;
	throw new ApiError(401, 'The link to sign in was used already, or has expired. Sign in with an API key.', {
		rejection: 'wrong_key',
	});
}

/**
 * Signing in to the page and out of it: the browser keeps the API key in a cookie that no script can read. Both work
 * without a key in the header. `checkKey` throws if the key is not valid.
 */
export function signInRoutes(
	checkKey: KeyOfRequest,
	codes: SignInCodes,
	publicUrl: string | undefined,
): FastifyPluginAsyncTypebox {
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
					summary: 'Sign in to the page with an API key or a code',
					description:
						"Sets a cookie for a week, which the page's requests are accepted with instead of the header. " +
						`Needs no API key in the header. ${ours}`,
					tags,
					security: [],
					body: SignInRequest,
					response: { 200: Described(SignedInResponse, 'Who has signed in.'), ...bodyErrorResponses },
				},
			},
			async (request, reply) => {
				const { api_key: given, code } = request.body;
				const taken = code ? take(code, codes) : undefined;
				const key = taken?.key ?? (given as string).trim();
				const principal = await checkKey(request, { key, source: 'body' }).catch((error: unknown) => {
					// Too many wrong keys came from there, or the database is lost. The link must still work afterwards.
					if (!(error instanceof ApiError && error.status === 401)) taken?.giveBack();
					throw error;
				});
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

/**
 * Says who has the API key of the request: that of the cookie, or of the header. Makes codes that sign a browser in, of the key
 * in the header only: a script that has got into the page must not be able to take a session elsewhere.
 */
export function pageSessionRoutes(codes: SignInCodes): FastifyPluginAsyncTypebox {
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

		app.post(
			`${path}/codes`,
			{
				config: { role: 'read' },
				schema: {
					operationId: 'create_sign_in_code',
					summary: 'Make a link that signs a browser in once',
					description:
						'The code stands for the API key in the header of this request, once and for 15 minutes. ' +
						`Only this process of the server knows it. ${ours}`,
					tags,
					response: { 201: Described(SignInCodeResponse, 'A new code.'), ...errorResponses },
				},
			},
			async ({ headers }, reply) => {
				const key = headers['x-api-key'];
				if (typeof key !== 'string' || key === '') {
					throw new ApiError(403, 'A code is made of the API key in the header X-API-KEY, not of that in a cookie.');
				}
				keepFromOthers(reply);
				const { code, endsAt } = codes.make(key);
				return reply.status(201).send({ code, path: signInPath(code), expires_at: endsAt });
			},
		);
	};
}
