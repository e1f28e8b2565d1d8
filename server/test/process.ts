import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { TestContext } from 'node:test';
import type { Body } from './setup.ts';
import { databaseUrlFor } from './storage/storage.ts';

export const main = resolve(import.meta.dirname, '../src/main.ts');

/** What processes of the tests inherit. With the cache, they need not compile the server again. */
export const inherited = { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] };

export type Running = { child: ChildProcess; out: () => string; err: () => string; address: string };

/** The server as a process of its own, as people start it. It uses the database of its DATA_DIR. */
export function run(t: TestContext, env: Record<string, string>) {
	const databaseUrl = env['DATA_DIR'] === undefined ? undefined : databaseUrlFor(env['DATA_DIR']);
	const child = spawn(process.execPath, [main], {
		env: { ...inherited, ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }), ...env },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	t.after(() => child.kill('SIGKILL'));
	const texts = { out: '', err: '' };
	child.stdout.setEncoding('utf8').on('data', (chunk) => (texts.out += chunk));
	child.stderr.setEncoding('utf8').on('data', (chunk) => (texts.err += chunk));
	return { child, out: () => texts.out, err: () => texts.err };
}

/** Runs a command of the program to its end. Only the given environment counts. */
export async function command(args: string[], env: Record<string, string> = {}) {
	const child = spawn(process.execPath, [main, ...args], {
		env: { ...inherited, ...env },
		stdio: ['ignore', 'pipe', 'pipe'],
		timeout: 600_000,
	});
	const texts = { stdout: '', stderr: '' };
	child.stdout.setEncoding('utf8').on('data', (chunk) => (texts.stdout += chunk));
	child.stderr.setEncoding('utf8').on('data', (chunk) => (texts.stderr += chunk));
	await once(child, 'close');
	return { status: child.exitCode, ...texts };
}

/** The server, listening on a free port. */
export async function start(t: TestContext, env: Record<string, string>): Promise<Running> {
	const running = run(t, { PORT: '0', HUMANLOOP_API_KEY: 'key-of-the-tests-of-this-server', ...env });
	for (;;) {
		const address = /listens on (\S+)/.exec(running.out())?.[1];
		if (address !== undefined) return { ...running, address };
		if (running.child.exitCode !== null) throw new Error(`ended: ${running.err()}`);
		await new Promise((resume) => setTimeout(resume, 20));
	}
}

export const headers = { 'x-api-key': 'key-of-the-tests-of-this-server', 'content-type': 'application/json' };

export async function post(address: string, path: string, body: unknown): Promise<Body> {
	const response = await fetch(`${address}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
	assert.ok(response.ok, await response.clone().text());
	return response.json() as Promise<Body>;
}
