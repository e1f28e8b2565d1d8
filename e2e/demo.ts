import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import wrapAnsi from 'wrap-ansi';

import { openBrowser } from './browser.ts';
import { check, patience } from './check.ts';
import { pictures } from './pictures.ts';

interface Demo {
	code: number | null;
	stdout: string;
	stderr: string;
}

/** Runs the demo as `npm run demo` does, without a terminal. */
async function runDemo(env: Record<string, string>): Promise<Demo> {
	const none = { OPENAI_API_KEY: '', OPENAI_BASE_URL: '', OPENAI_MODEL: '', DATA_DIR: '' };
	const options = { env: { ...process.env, ...none, ...env }, timeout: patience };
	let [stdout, stderr] = ['', ''];
	const child = execFile(process.execPath, ['--import', 'tsx', 'examples/demo.ts'], options);
	child.stdout!.on('data', (text) => (stdout += String(text)));
	child.stderr!.on('data', (text) => (stderr += String(text)));
	const [code] = (await once(child, 'close')) as [number | null];
	return { code, stdout, stderr };
}

/** @param folder of this run of the checks */
export async function checkDemo(folder: string): Promise<void> {
	await check(
		'demo: in 80 columns, replies to read, a failure that says why, and a second run that costs nothing',
		async () => {
			const TMPDIR = path.join(folder, 'demo');
			mkdirSync(TMPDIR);
			const { code, stdout, stderr } = await runDemo({ TMPDIR });
			assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
			for (const line of stdout.split('\n')) assert.equal(wrapAnsi(line, 80, { hard: true, trim: false }), line);
			assert.match(stdout, /^Model +mock-1, a stand-in for a model/m);
			assert.equal(stdout.match(/^#\d+ /gm)?.length, 6);
			assert.equal(stdout.match(/^Reply [12] {3}\S/gm)?.length, 10);
			assert.equal(stdout.match(/^Failed +'Inputs' has no value for: language/gm)?.length, 1);
			assert.equal(stdout.match(/^Cost +\d+ tokens, \$0\.0\d+$/gm)?.length, 5);
			assert.match(stdout, /^1st run +5 model calls, [\d,]+ tokens, \$0\.0\d+, 10 logs on the server$/m);
			assert.match(stdout, /^2nd run +0 model calls, 0 tokens, \$0, 10 logs on the server\n +Every reply came back/m);
			const left = readdirSync(TMPDIR).filter((name) => name.startsWith('humanloop-demo-'));
			assert.deepEqual(left, [], 'its data is removed');
		},
	);

	await check('demo: a model host that does not answer ends it at once, with what to do', async () => {
		const silent = createServer().listen(0, '127.0.0.1');
		await once(silent, 'listening');
		const baseUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/v1`;
		const sockets = new Set<{ destroy(): void }>();
		silent.on('connection', (socket) => sockets.add(socket));
		const { code, stdout, stderr } = await runDemo({ OPENAI_BASE_URL: baseUrl });
		for (const socket of sockets) socket.destroy();
		silent.close();
		assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
		const said = stderr.replace(/\s+/g, ' ');
		assert.ok(said.startsWith(`The model host ${baseUrl} cannot be used: it did not answer within 5 seconds.`), said);
		assert.match(said, /the demo runs on the free mock model/);
	});

	await check('demo: a model host that lists no models ends it at once, and asks for OPENAI_MODEL', async () => {
		const host = createHttpServer((_, response) => response.writeHead(404).end()).listen(0, '127.0.0.1');
		await once(host, 'listening');
		const { port } = host.address() as AddressInfo;
		const { code, stdout, stderr } = await runDemo({ OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1` });
		host.close();
		assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
		assert.match(stderr.replace(/\s+/g, ' '), /does not list its models\. Name one, such as OPENAI_MODEL=/);
	});

	await check('demo: in a picture', async () => {
		const { stdout } = await runDemo({ FORCE_COLOR: '1' });
		// The first ticket and the one that failed stand for all.
		const [head, first, , failed, , , , ...end] = stdout.trim().split('\n\n');
		await shoot([head, first, '…', failed, '…', ...end].join('\n\n'));
	});
}

/** The styles of the demo, by their codes in a terminal. */
const styles: Record<string, string> = {
	1: 'font-weight: bold',
	2: 'opacity: 0.65',
	31: 'color: #ff7b72',
	32: 'color: #7ee787',
	36: 'color: #76e3ea',
};

/** Draws a terminal's output as a picture. */
async function shoot(output: string): Promise<void> {
	const escaped = output.replace(/[&<]/g, (character) => `&#${character.charCodeAt(0)};`);
	// eslint-disable-next-line no-control-regex
	const html = escaped.replace(/\x1b\[(\d+)m/g, (_, code: string) =>
		styles[code] ? `<span style="${styles[code]}">` : '</span>',
	);
	const style =
		"display: inline-block; margin: 0; padding: 20px 24px; color: #e6edf3; font: 14px/1.4 'DejaVu Sans Mono', monospace";
	const browser = await openBrowser();
	try {
		const tab = await browser.newPage({ deviceScaleFactor: 1.5 });
		await tab.setContent(`<body style="margin: 0; background: #0d1117"><pre style="${style}">${html}</pre>`);
		await tab.locator('pre').screenshot({ path: path.join(pictures, 'demo.png'), timeout: patience });
	} finally {
		await browser.close();
	}
}
