import { performance } from 'node:perf_hooks';
import { sources, words } from './generate.ts';

export const apiKey = 'key-of-the-measurements-of-reads';
const headers = { 'x-api-key': apiKey, 'content-type': 'application/json' };

/** Milliseconds. */
export type Times = { p50: number; p99: number };

export function timesOf(durations: number[]): Times {
	const sorted = durations.toSorted((a, b) => a - b);
	const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
	return { p50: at(0.5), p99: at(0.99) };
}

async function get(address: string, path: string): Promise<Record<string, unknown>> {
	const response = await fetch(`${address}${path}`, { headers });
	if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
	return response.json() as Promise<Record<string, unknown>>;
}

const page = (response: Record<string, unknown>) => response as { total: number; records: { id: string }[] };

/** The reads that are measured, by name, as paths. */
export async function readsOf(address: string): Promise<[string, string][]> {
	// Without the project that a run before has added.
	const { records: projects } = page(await get(address, '/projects?sort_by=name&order=asc&filter=project'));
	const project = projects[0]?.id as string;
	const logs = `/logs?project_id=${project}&size=50`;
	const list = page(await get(address, logs));
	const last = Math.max(0, Math.ceil(list.total / 50) - 1);
	const log = list.records[0] as unknown as { id: string; session_id: string };
	const { records: sessions, total } = page(await get(address, `/sessions?project_id=${project}&size=50`));
	const lastSessions = Math.max(1, Math.ceil(total / 50));
	const search = (text: string) => `${logs}&search=${encodeURIComponent(text)}`;
	const all = '/logs?project_id=*&size=50';
	const lastOfAll = Math.max(0, Math.ceil(page(await get(address, all)).total / 50) - 1);
	return [
		['Projects, by creation', '/projects'],
		['Projects, by update', '/projects?sort_by=updated_at'],
		['Projects, by name, with a filter', '/projects?sort_by=name&filter=PROJECT'],
		['A project', `/projects/${project}`],
		['Its configs', `/projects/${project}/configs`],
		['Sessions, first page', `/sessions?project_id=${project}&size=50`],
		['Sessions, page in the middle', `/sessions?project_id=${project}&size=50&page=${Math.ceil(lastSessions / 2)}`],
		['Sessions, last page', `/sessions?project_id=${project}&size=50&page=${lastSessions}`],
		['A session', `/sessions/${sessions[0]?.id}`],
		['A log', `/logs/${log.id}`],
		['Logs, first page', logs],
		['Logs, page in the middle', `${logs}&page=${Math.floor(last / 2)}`],
		['Logs, last page', `${logs}&page=${last}`],
		['Logs of a session', `${logs}&session_id=${log.session_id}`],
		['Logs of a source that 7 of 10 have', `${logs}&source_filter=${sources.most}`],
		['The same, page in the middle', `${logs}&source_filter=${sources.most}&page=${Math.floor(last * 0.35)}`],
		['Logs of a source that 1 of 1,000 has', `${logs}&source_filter=${sources.rare}`],
		['Logs of a model', `${logs}&model_filter=mock-1`],
		['Logs of a day', `${logs}&start_date=2024-01-02&end_date=2024-01-02`],
		['Logs up to a day, of a source', `${logs}&end_date=2024-01-02&source_filter=${sources.most}`],
		['Search: in no log', search(words.absent)],
		['Search: in no log, of common syllables', search(words.absentCommon)],
		['Search: in 5 logs', search(words.rare)],
		['Search: in 1 of 100 logs', search(words.onePercent)],
		['Search: in 1 of 100 logs, page 10', `${search(words.onePercent)}&page=9`],
		['Search: in 1 of 100 logs, of a source', `${search(words.onePercent)}&source_filter=${sources.most}`],
		['Search: in each log', search(words.every)],
		['Search: in each log, page 100', `${search(words.every)}&page=99`],
		['Search: two characters, in no log', search('zq')],
		['Search: two characters, in nearly each log', search('er')],
		['Search: one character, in few logs', search('z')],
		['All projects: logs, first page', all],
		['All projects: logs, page in the middle', `${all}&page=${Math.floor(lastOfAll / 2)}`],
		['All projects: search, in 5 logs of a project', `${all}&search=${words.rare}`],
		['All projects: search, in 1 of 100 logs', `${all}&search=${words.onePercent}`],
	];
}

/** Sends a read one time after the other: 100 times, or as often as fits into two seconds, but five times at least. */
export async function timeRead(address: string, path: string): Promise<Times> {
	for (let warmUp = 0; warmUp < 3; warmUp += 1) await get(address, path);
	const durations: number[] = [];
	const endsAt = performance.now() + 2_000;
	while (durations.length < 5 || (durations.length < 100 && performance.now() < endsAt)) {
		const start = performance.now();
		await get(address, path);
		durations.push(performance.now() - start);
	}
	return timesOf(durations);
}

/** The times of completions of the mock, sent by one caller for some seconds, while others send these reads all the time. */
export async function timeCompletions(address: string, seconds: number, reads: string[]): Promise<Times> {
	const config = { project: 'measured', provider: 'mock', model: 'mock-1', prompt_template: 'Answer: {{ticket}}' };
	const post = async (path: string, body: unknown) => {
		const response = await fetch(`${address}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
		if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
		return (await response.json()) as { config: { id: string } };
	};
	const { config: stored } = await post('/model-configs', config);
	const call = {
		model_config_id: stored.id,
		project: 'measured',
		inputs: { ticket: 'My parcel is late. '.repeat(25) },
	};
	// The first one loads the mock's tokenizer.
	for (let warmUp = 0; warmUp < 5; warmUp += 1) await post('/completion-model-config', call);
	let isOver = false;
	const readers = reads.map(async (path) => {
		while (!isOver) await get(address, path);
	});
	const durations: number[] = [];
	const endsAt = performance.now() + seconds * 1000;
	while (performance.now() < endsAt) {
		const start = performance.now();
		await post('/completion-model-config', call);
		durations.push(performance.now() - start);
	}
	isOver = true;
	await Promise.all(readers);
	return timesOf(durations);
}
