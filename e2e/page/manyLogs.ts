import type { Page } from 'playwright-core';

import { startServer } from '../../test/hosts/startServer.ts';
import { openBrowser } from '../browser.ts';
import { patience } from '../check.ts';

/*
 * How fast the list of logs is in front of many logs, in a data folder that server/test/reads/fill.ts has made:
 *
 *   node server/test/reads/fill.ts --dir DIR --logs 1000000 --projects 1
 *   node --import tsx e2e/page/manyLogs.ts DIR/sqlite-1000000-of-1
 */

const wheel = { steps: 300, pixels: 400 };

const round = (milliseconds: number) => `${Math.round(milliseconds)} ms`;

/** The times between the frames that the browser draws, from now until `stop` is called. */
const startFrames = `
	globalThis.frames = [];
	let before = performance.now();
	const next = (now) => { frames.push(now - before); before = now; globalThis.frame = requestAnimationFrame(next); };
	globalThis.frame = requestAnimationFrame(next);
`;
const stopFrames = 'cancelAnimationFrame(frame), frames.toSorted((a, b) => a - b)';

/** Notes when the browser has drawn the first log, in milliseconds after it was sent to the address. */
const watchFirstRow = `new MutationObserver((_, observer) => {
	if (!document.querySelector('[data-index="0"] time')) return;
	observer.disconnect();
	requestAnimationFrame(() => requestAnimationFrame(() => { globalThis.drawnAt = performance.now(); }));
}).observe(document, { childList: true, subtree: true })`;

async function firstScreen(page: Page, path: string, isCached: boolean): Promise<number> {
	if (!isCached) {
		const session = await page.context().newCDPSession(page);
		await session.send('Network.clearBrowserCache');
		await session.detach();
	}
	await page.goto(path);
	await page.locator('[data-index="0"] time').waitFor();
	return page.evaluate<number>(`new Promise((resolve) => {
		const look = () => globalThis.drawnAt === undefined ? requestAnimationFrame(look) : resolve(drawnAt);
		look();
	})`);
}

/** The median of ten, without the first one, which the server has not warmed up for. */
async function firstScreens(page: Page, path: string, isCached: boolean): Promise<number> {
	await firstScreen(page, path, isCached);
	const times: number[] = [];
	for (let run = 0; run < 10; run += 1) times.push(await firstScreen(page, path, isCached));
	return times.toSorted((a, b) => a - b)[5]!;
}

async function scroll(page: Page): Promise<void> {
	await page.evaluate(startFrames);
	const start = performance.now();
	for (let step = 0; step < wheel.steps; step += 1) await page.mouse.wheel(0, wheel.pixels);
	const seconds = (performance.now() - start) / 1000;
	const frames = await page.evaluate<number[]>(stopFrames);
	const at = (share: number) => round(frames[Math.floor((frames.length - 1) * share)]!);
	console.log(
		`scrolling ${wheel.steps * wheel.pixels} pixels in ${seconds.toFixed(1)} s: frames of ${at(0.5)} (median), ${at(0.95)} (95 %), ${at(1)} (longest)`,
	);
}

async function main(): Promise<void> {
	const dataDir = process.argv[2];
	if (dataDir === undefined) throw new Error('Usage: manyLogs.ts DATA_FOLDER');
	const server = await startServer({ dataDir });
	const browser = await openBrowser();
	try {
		const context = await browser.newContext({ baseURL: new URL(server.baseUrl).origin });
		context.setDefaultTimeout(patience);
		await context.request.post('/v4/session', { data: { api_key: server.apiKey } });
		const page = await context.newPage();
		await page.addInitScript(watchFirstRow);
		const response = await context.request.get('/v4/projects?size=1');
		const { records: projects } = (await response.json()) as { records: { id: string }[] };
		for (const path of ['/logs', `/logs?project=${projects[0]!.id}`]) {
			for (const isCached of [false, true]) {
				const cache = isCached ? 'the files' : 'nothing';
				console.log(`${path}, ${cache} in the browser's cache: ${round(await firstScreens(page, path, isCached))}`);
			}
		}
		console.log(await page.getByText(/^[\d,]+ logs$/).innerText());
		await page.mouse.move(600, 500);
		await scroll(page);
		await page.locator('[data-index] a').first().waitFor();
		await page.locator('[data-index]').first().focus();
		const end = performance.now();
		await page.keyboard.press('End');
		await page.locator('[data-index]:focus time').waitFor();
		console.log(`to the last row: ${round(performance.now() - end)}`);
		const session = await context.newCDPSession(page);
		await session.send('HeapProfiler.collectGarbage');
		const { usedSize } = await session.send('Runtime.getHeapUsage');
		const rows = await page.locator('[data-index]').count();
		console.log(`memory of the scripts: ${Math.round(usedSize / 2 ** 20)} MiB; rows in the document: ${rows}`);
	} finally {
		await browser.close();
		await server.stop();
	}
}

main().catch((error: Error) => {
	console.error(error);
	process.exitCode = 1;
});
