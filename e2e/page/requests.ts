import type { Page, Request } from 'playwright-core';

import { patience } from '../check.ts';

/**
 * Watches the requests of a page from now on.
 *
 * @returns waits until all have their responses, and the page that was drawn with them asks for nothing more
 */
export function watchRequests(page: Page): () => Promise<void> {
	const pending = new Set<Request>();
	page.on('request', (request) => pending.add(request));
	page.on('requestfinished', (request) => pending.delete(request));
	page.on('requestfailed', (request) => pending.delete(request));
	const drawn = () => page.evaluate('new Promise((done) => requestAnimationFrame(() => setTimeout(done)))');
	return async () => {
		const end = Date.now() + patience;
		do {
			await drawn();
			// A response that the page never reads does not end.
			if (Date.now() > end)
				throw new Error(`Still under way: ${[...pending].map((request) => request.url()).join(' ')}`);
		} while (pending.size > 0);
		await drawn();
	};
}
