import { aimRow, aimsOf } from './aims.ts';
import { compared, difference, ratio, spread, spreadOf, waysOf, xsOf, type AnyRound } from './figures.ts';
import { medianText, rangeText, tableOf, text } from './markdown.ts';
import { pictureFolder, pictureNames, programs, type PictureName } from './pictures.ts';
import { introduction } from './introduction.ts';
import type { RequestRound } from './requests.ts';
import type { Results } from './results.ts';
import type { StreamRound } from './streams.ts';
import type { WayId } from './ways.ts';

const picture = (name: PictureName) => `![${pictureNames[name]}](${pictureFolder}/${name}.svg)`;

function ratioText(rounds: RequestRound[], way: WayId, base: WayId, x: number): string {
	return rangeText(compared(rounds, { way, x }, { way: base, x }, (round) => round.rate, ratio));
}

function rateSection({ rate, titles }: Results): string {
	const tables = xsOf(rate).map((x) => {
		const rows = waysOf(rate).map((way) => [
			titles[way] ?? way,
			rangeText(spread(rate, way, x, (round) => round.rate)),
			ratioText(rate, way, 'portkey', x),
			ratioText(rate, way, 'proxy', x),
			medianText(spread(rate, way, x, (round) => round.cpuMicros)),
			medianText(spread(rate, way, x, (round) => round.p50)),
			medianText(spread(rate, way, x, (round) => round.p99)),
		]);
		const header = ['Way', 'Requests/s', '× Portkey', '× proxy', 'CPU µs', 'p50, ms', 'p99, ms'];
		return `**${x} connection${x === 1 ? '' : 's'}**\n\n${tableOf(header, rows)}`;
	});
	return `## The provider answers at once\n\n${tables.join('\n\n')}\n\n${picture('rate')}\n\n${picture('latency')}`;
}

/** A figure, and what it is more than the proxy's. */
function withAdded<R extends AnyRound>(rounds: R[], way: WayId, x: number, figure: (round: R) => number): string[] {
	const added = compared(rounds, { way, x }, { way: 'proxy', x }, figure, difference);
	return [medianText(spread(rounds, way, x, figure)), rangeText(added)];
}

function latencySection({ latency, titles }: Results): string {
	const [x = 16] = xsOf(latency);
	const rows = waysOf(latency).map((way) => [
		titles[way] ?? way,
		...withAdded(latency, way, x, (round) => round.p50),
		...withAdded(latency, way, x, (round) => round.p99),
		medianText(spread(latency, way, x, (round) => round.cpuMicros)),
	]);
	const header = ['Way', 'p50, ms', 'added', 'p99, ms', 'added', 'CPU µs'];
	const words = `${x} connections. "Added" is what is more than the bare proxy's, round by round.`;
	return `## The provider takes 20 ms\n\n${words}\n\n${tableOf(header, rows)}`;
}

function streamRow(rounds: StreamRound[], way: WayId, x: number, title: string): string[] {
	const figures = (['firstP50', 'firstP99', 'lagP50', 'lagP99', 'cpuMicros'] as const).map((figure) =>
		medianText(spread(rounds, way, x, (round) => round[figure])),
	);
	return [title, ...figures];
}

const streamHeader = ['', 'First token p50, ms', 'p99', 'Later ones p50, ms', 'p99', 'CPU µs for each token'];

function streamSection({ firstToken, streams, titles }: Results): string {
	const [alone = 0] = xsOf(firstToken);
	const first = waysOf(firstToken).map((way) => [
		titles[way] ?? way,
		...withAdded(firstToken, way, alone, (round) => round.firstP50),
		...withAdded(firstToken, way, alone, (round) => round.firstP99),
	]);
	const [count = 0] = xsOf(streams);
	const many = waysOf(streams).map((way) => streamRow(streams, way, count, titles[way] ?? way));
	return `## Streams

${alone} streams, one after the other: the time from the request to the first token, and what is more than the proxy's.

${tableOf(['Way', 'p50, ms', 'added', 'p99, ms', 'added'], first)}

${count} streams that begin at once, each on a connection of its own, with 50 tokens, one every 100 ms. A later token's time is
that from the stand-in to the caller. None was lost: the run fails otherwise.

${tableOf(['Way', ...streamHeader.slice(1)], many)}`;
}

function memorySection({ starts, peakMb, memory }: Results): string {
	const rows = Object.entries({
		'The built package': starts.package,
		'The TypeScript in the repository': starts.source,
	})
		.filter(([, found]) => found.length > 0)
		.map(([title, found]) => [
			title,
			...(['residentMb', 'proportionalMb', 'startCpuMs'] as const).map((figure) =>
				rangeText(spreadOf(found.map((start) => start[figure]))),
			),
		]);
	const start = tableOf(['Our server, 3 s after its start', 'Resident, MB', 'PSS, MB', 'CPU ms of the start'], rows);
	const peaks = Object.entries(peakMb).map(([name, most]) => [
		programs[name]!.title,
		text(most),
		text(memory.at(-1)?.residentMb[name]),
	]);
	const most = tableOf(['Program, over this run', 'Resident at most, MB', 'at the end, MB'], peaks);
	return `## Memory\n\n${start}\n\n${most}\n\nPostgreSQL's own processes are not in it.\n\n${picture('memory')}`;
}

function growthTable(rounds: RequestRound[], first: string, xTitle: (x: number) => string): string {
	const ways = waysOf(rounds);
	const rows = xsOf(rounds).map((x) => [
		xTitle(x),
		...ways.flatMap((way) => [
			rangeText(spread(rounds, way, x, (round) => round.p50)),
			medianText(spread(rounds, way, x, (round) => round.cpuMicros)),
		]),
	]);
	const names = { 'sqlite-key': 'ours', proxy: 'proxy' } as Partial<Record<WayId, string>>;
	return tableOf([first, ...ways.flatMap((way) => [`p50 of ${names[way]}, ms`, 'CPU µs'])], rows);
}

function growthSection({ growth, titles }: Results): string {
	const number = (x: number) => x.toLocaleString('en');
	const { logs, samples, promptBytes, streams } = growth;
	const streamRows = xsOf(streams).flatMap((x) =>
		waysOf(streams).map((way) => streamRow(streams, way, x, `${number(x)}, ${titles[way] ?? way}`)),
	);
	return `## How cost grows

Our server on SQLite, with keys, one call at a time.

${growthTable(logs, 'Stored logs', number)}

${picture('logs')}

${growthTable(samples, 'Samples of a call', number)}

${picture('samples')}

${growthTable(promptBytes, 'Bytes of the prompt', number)}

${picture('prompt')}

Streams that begin at once, with 30 tokens, one every 100 ms. For more than 512 of them, \`MAX_IN_FLIGHT\` is raised.

${tableOf(['Streams', ...streamHeader.slice(1)], streamRows)}

${picture('streams')}`;
}

/** The page docs/benchmarks-server.md. `notes` is Markdown that explains what is missed. */
export function report(results: Results, notes: string): string {
	const aims = tableOf(['Aim', 'Bound', 'Found', ''], aimsOf(results).map(aimRow));
	const sections = [
		results.rate.length > 0 ? rateSection(results) : '',
		results.latency.length > 0 ? latencySection(results) : '',
		results.streams.length > 0 ? streamSection(results) : '',
		memorySection(results),
		results.growth.samples.length > 0 ? growthSection(results) : '',
	].filter((section) => section !== '');
	return `${introduction(results)}
## Aims

Medians of all rounds. Where a row does not say whether there is a key, the worse one of both counts.

${aims}

${notes.trim()}

${sections.join('\n\n')}
`;
}
