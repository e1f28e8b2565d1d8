import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LLMock } from '@copilotkit/aimock';
import type { AxeResults } from 'axe-core';
import axios, { type AxiosInstance } from 'axios';
import type { Browser, BrowserContext, Page } from 'playwright-core';

import { startServer, type RunningServer } from '../../test/hosts/startServer.ts';
import { openBrowser } from '../browser.ts';
import { check, patience } from '../check.ts';
import { screenshots } from '../pictures.ts';
import { fill, refused, type Data } from './data.ts';

/** humanloop-server with data made through its API, a stand-in for OpenAI behind it, and a browser. */
export interface PageEnvironment {
	server: RunningServer;
	/** Where the page is: `http://127.0.0.1:<port>`. */
	url: string;
	/** The server's API, asked without the page. */
	api: AxiosInstance;
	/** The stand-in for OpenAI. Of its rules, the first one that holds answers. */
	model: LLMock;
	browser: Browser;
	data: Data;
	close(): Promise<void>;
}

/** What the stand-in's model costs. The published prices are those of OpenAI's own host. */
function writePrices(): string {
	const file = path.join(mkdtempSync(path.join(tmpdir(), 'page-prices-')), 'prices.json');
	const price = { usd_per_million_tokens: { prompt: 100, output: 400 }, context_window: 100_000 };
	writeFileSync(file, JSON.stringify([{ provider: 'openai', model: 'gpt-4*', ...price }]));
	return file;
}

export async function startPageEnvironment(): Promise<PageEnvironment> {
	const model = new LLMock({ port: 0 });
	await model.start();
	model.onMessage(refused, {
		error: { message: 'This request is against the rules of the stand-in.', type: 'invalid_request_error' },
		status: 400,
	});
	model.onMessage(/^Slowly/, { content: '<b>One</b> word after another. '.repeat(60) }, { latency: 100, chunkSize: 8 });
	model.onMessage(/^Where is my parcel/, {
		content: 'Hello Zoë, thank you for asking. Your parcel left our house on Monday and reaches you tomorrow.',
	});
	model.onMessage(/.*/, { content: 'The stand-in for OpenAI has answered this.' });
	const prices = writePrices();
	const server = await startServer({
		env: {
			OPENAI_BASE_URL: `${model.url}/v1`,
			OPENAI_API_KEY: 'none-needed',
			PRICES_FILE: prices,
			MODELS_FILE: path.resolve('e2e/page/models.json'),
		},
	});
	const browser = await openBrowser();
	const api = axios.create({ baseURL: server.baseUrl, headers: { 'X-API-KEY': server.apiKey }, timeout: patience });
	const close = async () => {
		await browser.close();
		await server.stop();
		await model.stop();
		rmSync(path.dirname(prices), { recursive: true, force: true });
	};
	try {
		const url = new URL(server.baseUrl).origin;
		return { server, url, api, model, browser, data: await fill(api), close };
	} catch (error) {
		await close();
		throw error;
	}
}

/** How somebody looks at the page. */
export interface View {
	scheme: 'light' | 'dark';
	width: number;
}

/** The first one stands for all of them with `--fast`. */
const views: View[] = [1280, 360, 1920].flatMap((width) => [
	{ scheme: 'light' as const, width },
	{ scheme: 'dark' as const, width },
]);
const isFast = process.argv.includes('--fast');

export interface Visit extends Partial<View> {
	/** Where the page opens, such as `/projects`. */
	path: string;
	/** The API key that is signed in. Default: one that may do everything. null: nobody is signed in. */
	apiKey?: string | null;
}

/**
 * Opens a page in a browser of its own, and checks afterwards that it has logged no error and asked no other host.
 */
export async function visit<T>(
	{ browser, url, server }: PageEnvironment,
	{ path: start, scheme = 'light', width = 1280, apiKey = server.apiKey }: Visit,
	run: (page: Page) => Promise<T>,
): Promise<T> {
	const context = await browser.newContext({
		baseURL: url,
		colorScheme: scheme,
		viewport: { width, height: 900 },
		reducedMotion: 'reduce',
		locale: 'en-US',
		timezoneId: 'UTC',
	});
	try {
		context.setDefaultTimeout(patience);
		if (apiKey !== null) await signInTo(context, apiKey);
		const page = await context.newPage();
		const problems = problemsOf(page, url);
		await page.goto(start);
		const result = await run(page);
		assert.deepEqual(problems, [], 'errors in the console, and requests to other hosts');
		return result;
	} finally {
		await context.close();
	}
}

async function signInTo(context: BrowserContext, apiKey: string): Promise<void> {
	const response = await context.request.post('/v4/session', { data: { api_key: apiKey } });
	assert.equal(response.status(), 200, await response.text());
}

/** Collects what must not happen. An error response of the API is no problem of the page. */
function problemsOf(page: Page, url: string): string[] {
	const problems: string[] = [];
	page.on('console', (message) => {
		const isApiError =
			/Failed to load resource/.test(message.text()) && message.location().url.startsWith(`${url}/v4/`);
		if (message.type() === 'error' && !isApiError) problems.push(message.text());
	});
	page.on('pageerror', (error) => problems.push(error.stack ?? error.message));
	page.on('request', (request) => {
		const { protocol, origin } = new URL(request.url());
		if (origin !== url && protocol !== 'data:' && protocol !== 'blob:') problems.push(`request to ${request.url()}`);
	});
	return problems;
}

/**
 * Looks at a page in light and dark at all widths (with `--fast`, in one view): axe finds nothing, the page is not wider
 * than the screen, and there is one heading. Keeps a picture of each as `e2e/screenshots/page-<name>-<scheme>-<width>.png`.
 *
 * @param ready waits until everything is there, and may do something first, such as opening a dialog
 */
export async function checkLook(
	environment: PageEnvironment,
	name: string,
	visitor: Omit<Visit, 'scheme' | 'width'>,
	ready: (page: Page) => Promise<void>,
): Promise<void> {
	for (const view of isFast ? views.slice(0, 1) : views) {
		await check(`page: ${name} looks right and is accessible (${view.scheme}, ${view.width} px)`, async () => {
			await visit(environment, { ...visitor, ...view }, async (page) => {
				await ready(page);
				await page.screenshot({
					path: path.join(screenshots, `page-${name}-${view.scheme}-${view.width}.png`),
					fullPage: true,
				});
				await assertAccessible(page);
				const width = await page.evaluate<number>('document.documentElement.scrollWidth');
				assert.ok(width <= view.width, `the page is ${width} px wide, and the screen ${view.width}`);
				if (view.width === 360) await assertTablesFit(page);
				assert.equal(await page.locator('h1').count(), 1, 'the number of main headings');
				assert.match(await page.title(), /.+ · humanloop-server$/);
			});
		});
	}
}

/** Asserts that each cell of each table is on the screen: none is cut, or left out. */
export async function assertTablesFit(page: Page): Promise<void> {
	const outside = await page.evaluate<string[]>(`[...document.querySelectorAll('table tbody :is(th, td)')]
		.filter((cell) => {
			const { left, right, width, height } = cell.getBoundingClientRect();
			return cell.textContent !== '' && (left < 0 || right > innerWidth || width === 0 || height === 0);
		})
		.map((cell) => cell.closest('table').ariaLabel + ': ' + cell.textContent)`);
	assert.deepEqual(outside, [], 'cells that are not on the screen');
}

const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** Asserts that axe finds nothing, with all rules of WCAG 2.2 AA and its best practices. */
export async function assertAccessible(page: Page): Promise<void> {
	await page.evaluate(axeSource);
	const { violations } = await page.evaluate<AxeResults>('axe.run(document, { resultTypes: ["violations"] })');
	const found = violations.map(({ id, help, nodes }) => ({
		id,
		help,
		where: nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`),
	}));
	assert.deepEqual(found, []);
}
