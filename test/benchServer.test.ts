import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { countCalls } from '../bench/server/counts.ts';
import { measureStreams } from '../bench/server/streams.ts';
import { tokenText } from '../bench/server/tokens.ts';
import type { Provider } from '../bench/server/provider.ts';
import type { Way } from '../bench/server/ways.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
	for (const end of ends.splice(0)) await end();
});

/** A gateway that answers each call with a stream of these tokens. */
async function gatewayWith(tokens: number[]): Promise<Way> {
	const events = tokens.map((index) => `data: {"output":"${tokenText(index)}"}\n\n`);
	const server = http.createServer((request, response) => {
		request.resume().once('end', () => response.end(events.join('')));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	ends.push(() => (server.closeAllConnections(), server.close()));
	const { port } = server.address() as AddressInfo;
	const common = { id: 'proxy', title: 'A gateway', headers: {}, keyed: false, expected: '', processorMs: () => 0 };
	return { ...common, url: `http://127.0.0.1:${port}/`, bodyOf: () => '{}' } as unknown as Way;
}

/** A provider that says that it was asked so many times, one number after the other. */
function providerWith(...counts: number[]): Provider {
	return { set: async () => {}, calls: async () => counts.shift() ?? 0 } as unknown as Provider;
}

async function stream(way: Way, calls: number) {
	const behavior = { delayMs: 0, tokens: 3, tokenMs: 0 };
	const provider = providerWith(0, calls, 0, calls);
	return await measureStreams([way], provider, { streams: [2], behavior, rounds: 1 }, () => {});
}

describe('bench:server', () => {
	test('measures, checks what it counts, and writes a page with plots', async () => {
		const dir = mkdtempSync(path.join(tmpdir(), 'humanloop-bench-'));
		ends.push(() => rmSync(dir, { recursive: true, force: true }));
		const flags = ['--quick', '--source', '--only=rate,streams', '--ways=proxy,sqlite-key', `--dir=${dir}`];
		await promisify(execFile)(process.execPath, ['bench/server/main.ts', ...flags]);
		const page = readFileSync(path.join(dir, 'run/benchmarks-server.md'), 'utf8');
		expect(page).toMatch(
			/\*\*16 connections\*\*[^]*\| Bare node:http proxy \| [\d,.]+ \([^]*\| Ours on SQLite, with a key \| [\d,.]+ \(/,
		);
		expect(page).toMatch(/30 streams that begin at once[^]*\| Ours on SQLite, with a key \| [\d,.]+ \| [\d,.]+ \|/);
		const plot = readFileSync(path.join(dir, 'run/benchmarks-server/rate.svg'), 'utf8');
		expect(plot).toMatch(/^<svg [^]*prefers-color-scheme[^]*Ours on SQLite, with a key/);
	});

	test('a stream is measured only if each token comes once and in order', async () => {
		const [round] = await stream(await gatewayWith([0, 1, 2]), 2);
		expect(round).toMatchObject({ way: 'proxy', x: 2, round: 1 });
		await expect(stream(await gatewayWith([0, 2]), 2)).rejects.toThrow(
			'A gateway: a stream has token 2 in the place of 1',
		);
		await expect(stream(await gatewayWith([0, 1, 1, 2]), 2)).rejects.toThrow('token 1 in the place of 2');
		await expect(stream(await gatewayWith([0, 1]), 2)).rejects.toThrow('a stream has 2 of 3 tokens');
	});

	test('a call that the provider did not get, and a log that was not stored, end the run', async () => {
		await expect(stream(await gatewayWith([0, 1, 2]), 3)).rejects.toThrow('2 requests were 3 calls of the provider');
		const logs = [10, 14, 10, 13];
		const way = { id: 'sqlite', title: 'Ours', humanloop: { logCount: async () => logs.shift() } } as unknown as Way;
		await (
			await countCalls(way, providerWith(5, 7))
		)(2, 2);
		await expect((await countCalls(way, providerWith(5, 7)))(2, 2)).rejects.toThrow('Ours: 2 requests stored 3 logs');
	});
});
