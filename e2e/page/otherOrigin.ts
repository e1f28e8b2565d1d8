import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';

import { check } from '../check.ts';
import { visit, type PageEnvironment } from './harness.ts';

/** Runs with a page of another program on the same host, such as n8n's, in the browser of somebody who has signed in. */
async function withOtherOrigin(environment: PageEnvironment, run: (page: Page) => Promise<void>): Promise<void> {
	const program = createServer((_request, response) => {
		response.setHeader('Content-Type', 'text/html').end('<title>Another program</title>');
	});
	program.listen(0, '127.0.0.1');
	await once(program, 'listening');
	try {
		await visit(environment, { path: '/projects' }, async (page) => {
			await page.getByRole('heading', { name: 'Projects' }).waitFor();
			const other = await page.context().newPage();
			await other.goto(`http://127.0.0.1:${(program.address() as AddressInfo).port}/`);
			await run(other);
			await other.close();
		});
	} finally {
		program.close();
	}
}

interface Watched {
	sent: string;
	/** The name of the cookie that went with it. */
	cookie: string | undefined;
	status: number | undefined;
}

/** Watches the requests of a page to an address, below what the page itself may see of them. */
async function watchRequests(page: Page, url: string): Promise<() => Watched[]> {
	const session = await page.context().newCDPSession(page);
	await session.send('Network.enable');
	const watched = new Map<string, Partial<Watched>>();
	const change = (id: string, values: Partial<Watched>) => watched.set(id, { ...watched.get(id), ...values });
	session.on('Network.requestWillBeSent', ({ requestId, request }) => {
		if (request.url.startsWith(url)) change(requestId, { sent: `${request.method} ${new URL(request.url).pathname}` });
	});
	session.on('Network.requestWillBeSentExtraInfo', ({ requestId, associatedCookies }) => {
		const sent = associatedCookies.filter(({ blockedReasons }) => blockedReasons.length === 0);
		change(requestId, { cookie: sent[0]?.cookie.name });
	});
	session.on('Network.responseReceivedExtraInfo', ({ requestId, statusCode }) =>
		change(requestId, { status: statusCode }),
	);
	return () => [...watched.values()].filter((one): one is Watched => one.sent !== undefined);
}

export async function checkOtherOrigin(environment: PageEnvironment): Promise<void> {
	const { url, api } = environment;
	const countProjects = async () => (await api.get<{ total: number }>('/projects')).data.total;
	const forged = JSON.stringify({ name: 'forged' });

	await check(
		"page: a script on another port of the same host reads and changes nothing with somebody's session",
		async () => {
			await withOtherOrigin(environment, async (other) => {
				const before = await countProjects();
				const requests = await watchRequests(other, url);
				const ask = (path: string, init: object) =>
					other.evaluate<string>(
						`fetch(${JSON.stringify(url + path)}, ${JSON.stringify({ credentials: 'include', ...init })})
						.then((response) => response.text(), (error) => error.name)`,
					);
				assert.equal(await ask('/v4/projects', {}), 'TypeError', 'the script cannot read the answer');
				const opaque = { method: 'POST', mode: 'no-cors', headers: { 'Content-Type': 'text/plain' } };
				await ask('/v4/projects', { ...opaque, body: forged });
				await ask('/v4/session', { ...opaque, body: '{"api_key":"another"}' });
				// The browser does send the cookie, as all ports of a host are one site to it.
				assert.deepEqual(requests(), [
					{ sent: 'GET /v4/projects', cookie: 'humanloop_api_key', status: 403 },
					{ sent: 'POST /v4/projects', cookie: 'humanloop_api_key', status: 403 },
					{ sent: 'POST /v4/session', cookie: 'humanloop_api_key', status: 403 },
				]);
				assert.equal(await countProjects(), before);
			});
		},
	);

	await check('page: a form on another port of the same host changes nothing', async () => {
		await withOtherOrigin(environment, async (other) => {
			const before = await countProjects();
			await other.setContent(
				`<form method="post" enctype="text/plain" action="${url}/v4/projects"><input name='{"name":"forged","x":"' value='"}'></form>`,
			);
			const [posted] = await Promise.all([
				other.waitForResponse((response) => response.url() === `${url}/v4/projects`),
				other.evaluate('document.forms[0].submit()'),
			]);
			assert.equal(posted.status(), 403);
			assert.equal(await countProjects(), before);
		});
	});

	await check('page: no other page can frame it', async () => {
		await withOtherOrigin(environment, async (other) => {
			const refused = other.waitForEvent('console', (message) => /frame-ancestors/.test(message.text()));
			await other.setContent(`<iframe src="${url}/projects"></iframe>`);
			await refused;
			const framed = other.frames().find((frame) => frame !== other.mainFrame());
			assert.equal(await framed?.locator('#root').count(), 0);
		});
	});
}
