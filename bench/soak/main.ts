import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { LLMock } from '@copilotkit/aimock';

import { startHumanloop } from '../server/humanloop.ts';
import { memoryPlot, pageOf, summary, verdictOf } from './report.ts';
import { soak } from './soak.ts';

/*
 * npm run soak [-- --minutes 30 --rate 40 --searches 2 --faults 0.03]: keeps the built server busy, and tells whether its
 * memory stays flat and nothing is lost. With --write, it writes docs/benchmarks-soak.md.
 */
const { values } = parseArgs({
	options: {
		minutes: { type: 'string', default: '30' },
		rate: { type: 'string', default: '40' },
		searches: { type: 'string', default: '2' },
		faults: { type: 'string', default: '0.03' },
		write: { type: 'boolean', default: false },
	},
});
const settings = {
	minutes: Number(values.minutes),
	callsPerSecond: Number(values.rate),
	searchesPerSecond: Number(values.searches),
	faultRate: Number(values.faults),
};

/** A provider that fails at times: errors with a status, 429 with Retry-After, and connections that break, a third each. */
async function startProvider(faultRate: number): Promise<LLMock> {
	const rate = faultRate / 3;
	const provider = new LLMock({
		port: 0,
		journalMaxEntries: 100,
		latency: 2,
		chaos: { dropRate: rate, rateLimitRate: rate, disconnectRate: rate },
	});
	provider.onMessage(/.*/, { content: 'Thank you. Your order will arrive on Monday, and we refund the shipping.' });
	await provider.start();
	return provider;
}

const widths = [6, 6, 6, 6, 6, 10, 10, 9];
const print = (cells: unknown[]) =>
	console.log(cells.map((cell, index) => String(cell).padStart(widths[index] ?? 0)).join('  '));

async function main(signal: AbortSignal): Promise<void> {
	const provider = await startProvider(settings.faultRate);
	const folder = mkdtempSync(path.join(tmpdir(), 'humanloop-soak-'));
	try {
		const server = await startHumanloop({
			name: 'soak',
			providerUrl: provider.url,
			folder,
			signal,
			fromSource: false,
		});
		print(['minute', 'calls', 'failed', 'p50 ms', 'p99 ms', 'search p50', 'search p99', 'memory MB']);
		const report = await soak(server, settings, (minute) => print(Object.values(minute)));
		await server.service.stop();
		for (const line of summary(report)) console.log(line);
		const { isFlat, isRight } = verdictOf(report, settings.faultRate);
		if (!isFlat) console.log('failed: the memory grew');
		if (!isRight) console.log('failed: something was lost, or more calls failed than the provider explains');
		process.exitCode = isFlat && isRight ? 0 : 1;
		if (values.write) {
			mkdirSync('docs/benchmarks-soak', { recursive: true });
			writeFileSync('docs/benchmarks-soak/memory.svg', memoryPlot(report));
			writeFileSync('docs/benchmarks-soak.md', pageOf(report, settings));
		}
	} finally {
		await provider.stop();
		rmSync(folder, { recursive: true, force: true });
	}
}

// Ctrl-C ends this process, and the server ends with it.
void main(new AbortController().signal);
