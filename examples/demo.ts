// n8n's engine must not find the settings of an n8n that this user may run: first of all imports.
import '../test/harness/isolate.ts';

import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { calcPrice } from '@pydantic/genai-prices';
import axios, { type AxiosInstance } from 'axios';
import Table from 'cli-table3';
import { parse } from 'csv-parse/sync';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { loadPackage } from '../test/harness/loadPackage.ts';
import { runNode } from '../test/harness/runNode.ts';
import { startServer, type RunningServer } from '../test/hosts/startServer.ts';

/*
 * The whole path in one command: starts the server on a fresh database, stores the example's model
 * configs, runs every support ticket through n8n's engine and the node with two samples each, and
 * shows what came out. Needs no key: the model is the server's own mock, unless OPENAI_API_KEY or
 * OPENAI_BASE_URL name another one.
 */
const samples = 2;
// A folder for each run: a server may still be reading the last one's.
const dataDir = path.join('.data', `demo-${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}`);
const usesOpenAi = Boolean(process.env.OPENAI_API_KEY || process.env.OPENAI_BASE_URL);
const model = usesOpenAi
	? { provider: 'openai', model: process.env.OPENAI_MODEL || 'gpt-4o-mini' }
	: { provider: 'mock', model: 'mock-1' };

const apiKey = `hl_sk_${randomBytes(24).toString('hex')}`;

async function demonstrate(server: RunningServer): Promise<void> {
	const api = axios.create({ baseURL: server.baseUrl, headers: { 'X-API-KEY': apiKey }, timeout: 30_000 });
	console.log(`Server     ${server.baseUrl}`);

	await storeModelConfig(api, 'triage');
	const { config, project_id: projectId, project_name: project } = await storeModelConfig(api, 'reply');
	console.log(
		`Model      ${model.model} (${model.provider})${usesOpenAi ? '' : ': makes its sentences up; OPENAI_API_KEY or OPENAI_BASE_URL brings a real model'}`,
	);
	console.log(`Config     ${config.id} in the project ${project}`);

	const tickets: IDataObject[] = parse(readFileSync('examples/tickets.csv'), { columns: true });
	console.log(`Tickets    ${tickets.length}, with ${samples} samples each`);

	const loaded = await loadPackage();
	const started = Date.now();
	const endProgress = showProgress(api, projectId, tickets.length * samples);
	const { success: items, failure } = await runNode(loaded, {
		items: tickets,
		settings: { onError: 'continueRegularOutput' },
		credentials: { apiKey, baseUrl: server.baseUrl },
		parameters: {
			project: { __rl: true, mode: 'id', value: projectId },
			modelConfig: { __rl: true, mode: 'id', value: config.id },
			specifyInputs: 'fields',
			inputs: { mappingMode: 'autoMapInputData', value: null },
			numSamples: samples,
			options: { session: { __rl: true, mode: 'referenceId', value: 'demo' }, source: 'demo' },
		},
	});
	const seconds = ((Date.now() - started) / 1000).toFixed(1);
	await endProgress();
	if (failure) throw failure;

	const answers = items.filter(({ json }) => !json.error);
	console.log(tableOf(tickets, items));
	reportErrors(items);
	if (answers.length === 0) return;
	console.log(
		`Items      ${answers.length} answers in ${seconds} s, in the session ${String(answers[0]?.json.sessionId)}`,
	);
	console.log(`Cost       ${costOf(answers)}`);
	console.log(`Logs       ${dataDir}/humanloop.db; to read them over the API:`);
	console.log(`           DATA_DIR=${dataDir} HUMANLOOP_API_KEY=choose-a-key npm run server`);
	console.log(
		`           curl -H 'X-API-KEY: choose-a-key' http://127.0.0.1:8400/v4/logs/${String(answers[0]?.json.id)}`,
	);
	console.log(
		`           curl -H 'X-API-KEY: choose-a-key' 'http://127.0.0.1:8400/v4/logs?project_id=${projectId}&size=5'`,
	);
}

/** A model that fails is no reason to hide what the others have answered; it is one to end with 1. */
function reportErrors(items: INodeExecutionData[]): void {
	const errors = items.flatMap(({ json }) => (json.error ? [json.error as IDataObject] : []));
	if (errors.length === 0) return;
	console.error(`${errors.length} of ${items.length} items have no answer. The first: ${String(errors[0]!.message)}`);
	console.error(String(errors[0]!.description));
	process.exitCode = 1;
}

function providerSettings(): Record<string, string> {
	const names = ['OPENAI_API_KEY', 'OPENAI_BASE_URL'];
	return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

interface StoredConfig {
	project_id: string;
	project_name: string;
	config: { id: string };
}

/** Stores one of examples/model-configs, with the model that the demo runs on. */
async function storeModelConfig(api: AxiosInstance, name: string): Promise<StoredConfig> {
	const body = JSON.parse(readFileSync(`examples/model-configs/${name}.json`, 'utf8')) as object;
	return (await api.post<StoredConfig>('/model-configs', { ...body, ...model })).data;
}

/** Counts the logs while the node runs. Returns a function that ends the counting. */
function showProgress(api: AxiosInstance, projectId: string, total: number): () => Promise<void> {
	const isTerminal = process.stdout.isTTY;
	const show = async () => {
		const { data } = await api.get<{ total: number }>('/logs', { params: { project_id: projectId, size: 1 } });
		process.stdout.write(`${isTerminal ? '\r' : ''}Answers    ${data.total} of ${total} logged`);
	};
	// A look that fails is no reason to end the demo; the last one, below, would.
	const timer = setInterval(() => void (isTerminal && show().catch(() => {})), 500);
	return async () => {
		clearInterval(timer);
		await show();
		process.stdout.write('\n');
	};
}

/** What the other columns leave of the terminal. */
const outputWidth = Math.min(64, Math.max(16, (process.stdout.columns || 132) - 70));

function tableOf(tickets: IDataObject[], items: INodeExecutionData[]): string {
	const table = new Table({
		head: ['Ticket', 'Language', '#', 'Output', 'Log ID', 'Tokens'],
		colWidths: [null, 12, null, outputWidth, null, null],
		style: { head: [], border: [] },
		chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
	});
	for (const { json, pairedItem } of items) {
		const ticket = tickets[(pairedItem as { item: number }).item]!;
		const output = String(json.output ?? (json.error as IDataObject).message).replace(/\s+/g, ' ');
		table.push([
			ticket.ticket,
			ticket.language,
			json.index ?? '',
			output,
			json.id ?? '',
			json.totalTokens ?? '',
		] as string[]);
	}
	return table.toString();
}

/** What the calls have cost: tokens as the items report them, and money where the price is known. */
function costOf(items: INodeExecutionData[]): string {
	const sum = (key: string) => items.reduce((total, { json }) => total + Number(json[key] ?? 0), 0);
	const [prompt, generated] = [sum('promptTokens'), sum('generationTokens')];
	const tokens = `${prompt} prompt + ${generated} generated = ${prompt + generated} tokens`;
	if (!usesOpenAi) return `${tokens}; no money, the mock model is free`;
	const price = process.env.OPENAI_BASE_URL
		? null
		: calcPrice({ input_tokens: prompt, output_tokens: generated }, model.model, { providerId: 'openai' });
	return price
		? `${tokens}; ${price.total_price.toFixed(4)} US dollars`
		: `${tokens}; the price of the model is not known`;
}

async function main(): Promise<void> {
	mkdirSync(dataDir, { recursive: true });
	const server = await startServer({ dataDir, apiKey, env: providerSettings() });
	try {
		await demonstrate(server);
	} finally {
		await server.stop();
	}
}

main().catch((error: Error) => {
	console.error(error.message);
	process.exitCode = 1;
});
