import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/*
 * Makes an export as Humanloop's export tool wrote it: the keys, nulls and empty lists of its API's fifth version, with
 * broken files among the good ones.
 */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** An ID that follows from its number. */
export function idOf(prefix: string, number: number): string {
	let rest = number * 7_919 + 13;
	let text = '';
	for (let digit = 0; digit < 21; digit += 1) {
		text += alphabet[rest % 62];
		rest = Math.floor(rest / 62) + digit * 31 + number;
	}
	return `${prefix}_${text}`;
}

const environments = [
	{ id: idOf('env', 1), created_at: '2023-06-27T23:16:07.992339', name: 'development', tag: 'default' },
	{ id: idOf('env', 2), created_at: '2023-06-27T23:16:07.992339', name: 'staging', tag: 'other' },
];

type JsonObject = Record<string, unknown>;

function time(minutes: number): string {
	return new Date(Date.UTC(2024, 6, 8) + minutes * 60_000).toISOString().replace('Z', '339');
}

/** How the versions of the file with this number call their model. Those with an even number are chats. */
function template(file: number, version: number): JsonObject {
	const question = `Version ${version} of ${file}: {{question}}`;
	if (file % 2 === 1) return { endpoint: 'complete', template: question };
	return {
		endpoint: 'chat',
		template: [
			{ role: 'system', content: 'You are {{role}}.', name: null, tool_call_id: null, tool_calls: null },
			{ role: 'user', content: [{ type: 'text', text: question }] },
		],
	};
}

function toolsOf(file: number): JsonObject {
	const tool = {
		name: 'find_order',
		description: 'Finds an order',
		strict: false,
		parameters: { type: 'object', properties: { z: {}, a: {} } },
	};
	const linked = { ...tool, name: 'refund', id: idOf('tl', file), version_id: idOf('tlv', file) };
	return { tools: file % 4 === 0 ? [tool] : [], linked_tools: file % 8 === 0 ? [linked] : [] };
}

/** Of the versions 1 to 3 of a file, the last is the same as the first. Each name is that of two files. */
export function promptVersion(file: number, version: number): JsonObject {
	const at = time(file * 10 + version);
	return {
		path: `Team ${file % 2}/Prompt ${Math.floor(file / 2)}`,
		id: idOf('pr', file),
		directory_id: 'dir_1',
		name: `Prompt ${Math.floor(file / 2)}`,
		version_id: idOf('prv', file * 100 + version),
		type: 'prompt',
		environments: version === 1 ? environments : [],
		created_at: at,
		updated_at: at,
		created_by: { id: 'usr_1', email_address: 'raza@example.com', full_name: 'Raza' },
		last_used_at: at,
		model: file % 5 === 0 ? 'gpt-4' : 'gpt-4o',
		...template(file, version === 3 ? 1 : version),
		template_language: file % 6 === 0 ? 'jinja' : 'default',
		provider: 'openai',
		max_tokens: -1,
		temperature: 0.7,
		top_p: 1,
		stop: file % 7 === 0 ? ['END'] : null,
		presence_penalty: 0,
		frequency_penalty: 0,
		other: {},
		seed: null,
		response_format: null,
		reasoning_effort: null,
		...toolsOf(file),
		attributes: file % 10 === 0 ? { team: 'support' } : null,
		version_name: version === 2 ? 'second' : null,
		version_description: version === 2 ? 'Shorter.' : null,
		description: null,
		tags: file % 10 === 0 ? ['a'] : [],
		readme: null,
		schema: null,
		version_logs_count: 0,
		total_logs_count: 0,
		inputs: [{ name: 'question' }],
		evaluators: null,
		evaluator_aggregates: [],
		raw_file_content: '---\nmodel: gpt-4o\n---\n',
	};
}

/** A log of the file with this number. Each third one is a child of a log of the next file, in the same trace. */
export function logLine(file: number, log: number): JsonObject {
	const at = time(file * 100 + log);
	const isChild = log % 3 === 2;
	return {
		output_message: { role: 'assistant', content: `Answer ${log}`, name: null, tool_call_id: null, tool_calls: null },
		prompt_tokens: 10 + log,
		reasoning_tokens: null,
		output_tokens: 3,
		prompt_cost: 0.0001,
		output_cost: null,
		finish_reason: 'stop',
		messages: [{ role: 'user', content: `Where is order ${log}?` }],
		tool_choice: null,
		prompt: promptVersion(file, (log % 2) + 1),
		start_time: at,
		end_time: at.replace('.000', '.500'),
		output: log % 5 === 4 ? null : `Answer ${log}`,
		created_at: at,
		error: log % 5 === 4 ? 'The model is overloaded' : null,
		provider_latency: 0.4,
		stdout: null,
		provider_request: { model: 'gpt-4o' },
		provider_response: { id: 'x' },
		inputs: { question: `Where is order ${log}?`, role: 'clerk' },
		source: log % 2 === 0 ? 'api' : null,
		metadata: null,
		log_status: null,
		source_datapoint_id: null,
		trace_parent_id: isChild ? idOf('data', (file + 1) * 1000 + log) : null,
		batches: [],
		user: 'u1',
		environment: 'development',
		save: true,
		log_id: null,
		id: idOf('data', file * 1000 + log),
		evaluator_logs: log === 0 ? [{ id: 'data_evaluator', judgment: true }] : [],
		trace_flow_id: isChild ? 'fl_1' : null,
		trace_id: isChild ? idOf('data', 77_000 + log) : null,
		trace_children: [],
	};
}

/** Text in broken files that nothing may print. */
export const secret = 'secret-in-the-file';

type Broken = [name: string, words: RegExp, make: (path: string) => void];

/** What is wrong with some files: how it is made, and what the import says of it. */
const broken: Broken[] = [
	['file.json', /this is not JSON/, (path) => writeFileSync(path, `{"id": "pr_1", "name": "${secret}" oops`)],
	['file.json', /it is empty/, (path) => writeFileSync(path, '')],
	['file.json', /this is not a JSON object/, (path) => writeFileSync(path, `["${secret}"]`)],
	['file.json', /name: field required/, (path) => writeFileSync(path, '{"id": "pr_1", "type": "prompt"}')],
	['file.json', /id: string does not match/, (path) => writeFileSync(path, '{"id": "../../x", "name": "x"}')],
	['file.json', /it is a folder/, (path) => mkdirSync(path)],
	['file.json', /it is neither a file nor a link to one/, (path) => void execFileSync('mkfifo', [path])],
	['file.json', /it has 16,777,217 bytes/, (path) => writeFileSync(path, Buffer.alloc(16 * 1024 * 1024 + 1, 0x20))],
	['versions/prv_1', /model: field required/, (path) => writeFileSync(path, '{"version_id": "prv_1"}')],
	[
		'versions/prv_2',
		/temperature: value is not a valid float/,
		(path) => writeFileSync(path, `{"version_id": "prv_2", "model": "m", "temperature": "${secret}"}`),
	],
	['versions/prv_3', /it is a folder/, (path) => mkdirSync(path)],
	['logs', /it is not a folder/, (path) => writeFileSync(path, 'x')],
	['logs/1.jsonl', /it is neither a file nor a link to one/, (path) => void execFileSync('mkfifo', [path])],
	[
		'logs/2.jsonl',
		/line 1: this is not JSON: line 1, column \d+$/,
		(path) => writeFileSync(path, `{"id": "data_${secret}" oops\n${JSON.stringify(logLine(13, 0))}\n`),
	],
	[
		'logs/3.jsonl',
		/line 2: prompt\.version_id: field required$/,
		(path) => writeFileSync(path, '\n{"id": "data_1", "prompt": {}}\n'),
	],
	['logs/4.jsonl', /output has half of a character/, (path) => writeFileSync(path, '{"output": "\\ud800"}')],
];

export type MadeExport = {
	/** The folder above `files`. */
	root: string;
	/** How many there are of what can be imported. */
	prompts: number;
	versions: number;
	logs: number;
	/** What the import says of each broken part, and where below the folder that it was made in. */
	broken: { path: string; words: RegExp }[];
};

function writeJson(path: string, value: unknown): void {
	writeFileSync(path, JSON.stringify(value));
}

function writePrompt(folder: string, file: number, logs: number): void {
	mkdirSync(join(folder, 'versions'), { recursive: true });
	for (const version of [1, 2, 3]) {
		const value = promptVersion(file, version);
		writeJson(join(folder, 'versions', String(value['version_id'])), value);
	}
	writeJson(join(folder, 'file.json'), promptVersion(file, 1));
	const deployments = environments.map((environment) => ({
		version_id: idOf('prv', file * 100 + 1),
		environment_id: environment.id,
		environment_name: environment.name,
		environment_tag: environment.tag,
	}));
	writeJson(join(folder, 'deployments.json'), deployments);
	if (logs > 0) {
		mkdirSync(join(folder, 'logs'));
		const lines = Array.from({ length: logs }, (_, log) => JSON.stringify(logLine(file, log)));
		// The tool wrote pages as they came.
		writeFileSync(join(folder, 'logs/1.jsonl'), `${lines.reverse().join('\n')}\n`);
	}
	writeFileSync(join(folder, '.done'), 'Export completed successfully.\n');
}

const otherTypes = ['tool', 'dataset', 'evaluator', 'flow', 'agent'];

/** Makes an export with so many files below a folder: prompts, files of other types, and broken ones. */
export function makeExport(dir: string, files: number, logsPerPrompt: number): MadeExport {
	const root = join(dir, 'exports/20250605-120000');
	const made: MadeExport = { root, prompts: 0, versions: 0, logs: 0, broken: [] };
	for (let file = 0; file < files; file += 1) {
		const folder = join(root, 'files', idOf('pr', file));
		mkdirSync(folder, { recursive: true });
		const [name, words, make] = broken[file] ?? [];
		if (name !== undefined) made.broken.push({ path: relative(dir, join(folder, name)), words: words as RegExp });
		if (name === 'file.json') make?.(join(folder, name));
		else if (name === undefined && file % 6 === 5)
			writeJson(join(folder, 'file.json'), { ...promptVersion(file, 1), type: otherTypes[((file / 6) % 5) | 0] });
		else {
			const logs = name?.startsWith('logs') === true ? 0 : logsPerPrompt;
			writePrompt(folder, file, logs);
			if (name?.startsWith('logs/') === true) mkdirSync(join(folder, 'logs'));
			if (name !== undefined) make?.(join(folder, name));
			made.prompts += 1;
			made.versions += 3;
			made.logs += name === 'logs/2.jsonl' ? 1 : logs;
		}
	}
	return made;
}
