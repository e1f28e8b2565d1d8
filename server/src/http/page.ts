import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { unknownRoute } from './errors.ts';
import { noteFailure } from './telemetry.ts';

/** Where `npm run build:page` writes the page: beside `src/` in the repository, and beside `dist/` in the package. */
export const builtPage = fileURLToPath(new URL('../../dist-page', import.meta.url));

/** The addresses of the page, but for `/` and `/logs/:id`, which say something to other programs too. */
const addresses = ['/projects', '/projects/*', '/logs', '/sessions', '/sessions/*', '/usage', '/settings', '/sign-in'];

/** All other addresses, except for those of the API. */
const elsewhere = ['/:first(^(?!v\\d+$).*$)', '/:first(^(?!v\\d+$).*$)/*'];

/**
 * Nothing comes from another host, not even an image that a model or a user has put into a text. Styles may be in the
 * page, because the component library writes its variables there; scripts may not.
 */
export const contentSecurityPolicy = [
	"default-src 'none'",
	"script-src 'self'",
	"style-src 'self' 'unsafe-inline'",
	"img-src 'self' data:",
	"font-src 'self'",
	"connect-src 'self'",
	"base-uri 'none'",
	"form-action 'self'",
	"frame-ancestors 'none'",
].join('; ');

/** Headers of all files of the page. */
const fileHeaders = { 'X-Content-Type-Options': 'nosniff', 'Cross-Origin-Resource-Policy': 'same-origin' };

const documentHeaders = {
	...fileHeaders,
	'Content-Security-Policy': contentSecurityPolicy,
	'Cross-Origin-Opener-Policy': 'same-origin',
	'Referrer-Policy': 'no-referrer',
	// The names of all other files change with their content. This one must be asked for again after an upgrade.
	'Cache-Control': 'no-cache',
};

/** Whether a browser asks for something to show. Other programs get JSON. */
export function wantsHtml({ headers }: FastifyRequest): boolean {
	return headers.accept?.includes('text/html') === true;
}

/** The page that people open in a browser, as files that its build has written. */
export class Page {
	readonly folder: string;

	constructor(folder: string) {
		this.folder = folder;
	}

	/**
	 * Sends the page's document. Returns false, and sends nothing, if the page is not built. It does not return the reply: who
	 * awaits a reply waits for its end, and gets undefined. With the status 404, the page itself says that there is nothing.
	 */
	async send(request: FastifyRequest, reply: FastifyReply, status: 200 | 404 = 200): Promise<boolean> {
		const document = await this.#document();
		if (document === undefined) return false;
		// Of the content: npm gives the files of every release the same date.
		const tag = `"${createHash('sha256').update(document).digest('base64url').slice(0, 27)}"`;
		reply.headers({ ...documentHeaders, ETag: tag }).header('Vary', 'Accept');
		if (status === 200 && request.headers['if-none-match'] === tag) reply.status(304).send();
		else reply.status(status).type('text/html; charset=utf-8').send(document);
		return true;
	}

	/** Read each time: it is small, and the page can be built while the server runs. */
	async #document(): Promise<Buffer | undefined> {
		try {
			return await readFile(join(this.folder, 'index.html'));
		} catch (error) {
			if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
			throw error;
		}
	}
}

/** Serves what the page's document loads. The names have a hash of the content, so browsers may keep it. */
function addAssets(app: FastifyInstance, folder: string): void {
	app.register(fastifyStatic, {
		root: join(folder, 'assets'),
		prefix: '/assets/',
		index: false,
		dotfiles: 'ignore',
		decorateReply: false,
		// The page may not be built yet.
		suppressWarning: true,
		preCompressed: true,
		maxAge: '365d',
		immutable: true,
		setHeaders: (reply) => void reply.headers(fileHeaders),
	});
}

/**
 * Serves the page at its addresses, to browsers only, and the files that it loads. These are no requests to the API. To all
 * others, these addresses are unknown.
 */
export function addPage(app: FastifyInstance, page: Page): void {
	app.register(async (files) => {
		files.addHook('onRoute', (route) => {
			route.config = { ...route.config, isPage: true };
		});
		addAssets(files, page.folder);
		const serve = (address: string, status: 200 | 404) =>
			files.get(address, { schema: { hide: true } }, async (request, reply) => {
				const unknown = unknownRoute(request);
				if (status === 404) noteFailure(request, unknown, status);
				if (wantsHtml(request) && (await page.send(request, reply, status))) return reply;
				throw unknown;
			});
		for (const address of addresses) serve(address, 200);
		for (const address of elsewhere) serve(address, 404);
	});
}
