import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import axios from 'axios';
import { parse } from 'csv-parse/sync';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { startServer, type RunningServer } from '../test/hosts/startServer.ts';
import type { Run } from './demo/execution.ts';
import { chooseModel, count, defaultModel, dollars, providerSettings, type DemoModel } from './demo/model.ts';
import { command, complain, excerpt, heading, labeled, styled } from './demo/transcript.ts';

/*
 * `npm run demo`: the whole path once. It starts the server on an empty database, stores a prompt, runs six support tickets
 * through n8n's own engine and the node, and shows what came out. Then it runs the same execution again, which costs
 * nothing. It needs no key, because the server's mock model answers; demo/model.ts says how to use another one.
 *
 *   -- --package FOLDER   loads the node from there, not from this clone
 *   -- --server PROGRAM   starts that program as the server
 */
const { values: options } = parseArgs({ options: { package: { type: 'string' }, server: { type: 'string' } } });

/** From tickets.csv: English, German, French, Japanese, Spanish with typing errors, and one with braces in its text. */
const ticketNumbers = ['4711', '4712', '4714', '4719', '4720', '4723'];

/** The ticket that fails: it goes in without its language, which the prompt needs. */
const failing = '4714';

const samples = 2;

async function main(): Promise<void> {
	const model = await chooseModel();
	// Removed at the end, unless DATA_DIR says where to keep it.
	const dataDir = process.env.DATA_DIR || mkdtempSync(path.join(tmpdir(), 'humanloop-demo-'));
	if (process.env.DATA_DIR) mkdirSync(dataDir, { recursive: true });
	else process.once('exit', () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 }));

	const server = await startServer({
		dataDir,
		apiKey: `hl_sk_${randomBytes(24).toString('hex')}`,
		env: providerSettings(),
		program: options.server,
	});
	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		process.once(signal, () => {
			server.process.kill('SIGKILL');
			process.exit(130);
		});
	}
	try {
		await demonstrate(server, model);
	} finally {
		await server.stop();
	}
}

async function demonstrate(server: RunningServer, model: DemoModel): Promise<void> {
	const api = axios.create({ baseURL: server.baseUrl, headers: { 'X-API-KEY': server.apiKey }, timeout: 30_000 });
	const prompt = JSON.parse(readFileSync('examples/model-configs/reply.json', 'utf8')) as IDataObject;
	const { data: stored } = await api.post<{ project_id: string; config: { id: string } }>('/model-configs', {
		...prompt,
		...model.config,
	});
	/** What the server has: how many logs, and what its calls have cost. */
	const readTotals = async (): Promise<Totals> => {
		const params = { project_id: stored.project_id };
		const logs = await api.get<{ total: number }>('/logs', { params: { ...params, size: 1 } });
		const usage = await api.get<{ records: { cost: number | null }[] }>('/usage', { params });
		return { logs: logs.data.total, cost: usage.data.records[0]!.cost };
	};
	const tickets = readTickets();

	heading('Support tickets, answered by a stored prompt in n8n');
	labeled('Prompt', `“${String(prompt.name)}”, stored in humanloop-server: ${String(prompt.description)}`);
	labeled('Model', model.description);
	labeled('Tickets', `${tickets.length} rows of examples/tickets.csv, ${samples} replies to each`);

	// Loaded now, so that something is on the screen at once.
	const { openExecution } = await import('./demo/execution.ts');
	const run = await openExecution(server, options.package, tickets, {
		project: { __rl: true, mode: 'id', value: stored.project_id },
		modelConfig: { __rl: true, mode: 'id', value: stored.config.id },
		specifyInputs: 'fields',
		inputs: { mappingMode: 'autoMapInputData', value: null },
		numSamples: samples,
		options: { maxRetries: 2, source: 'demo' },
	});
	const before = await readTotals();
	const first = await run();
	for (const [index, ticket] of tickets.entries()) {
		const items = first.items.filter((item) => ticketIndex(item) === index).map(({ json }) => json);
		showTicket(ticket, items);
	}
	if (showResult(first, tickets)) {
		const totals = await readTotals();
		showSecondRun(before, [first, totals], [await run(), await readTotals()]);
		showNext();
	} else {
		// A second run would pay for what has failed.
		process.exitCode = 1;
	}
}

function readTickets(): IDataObject[] {
	const rows: IDataObject[] = parse(readFileSync('examples/tickets.csv'), { columns: true });
	const chosen = rows.filter(({ ticket }) => ticketNumbers.includes(String(ticket)));
	delete chosen.find(({ ticket }) => ticket === failing)!.language;
	return chosen;
}

const ticketIndex = ({ pairedItem }: INodeExecutionData) => (pairedItem as { item: number }).item;

function showTicket(ticket: IDataObject, items: IDataObject[]): void {
	const { ticket: number, customer, language, product, subject, message } = ticket;
	console.log();
	labeled(`#${String(number)}`, styled('bold', String(subject)), 'bold');
	const from = [customer, language, product].filter(Boolean).join(', ');
	labeled('', styled('dim', number === failing ? `${from}. The demo has taken this row's language away.` : from));
	labeled('', styled('dim', excerpt(String(message))));
	for (const [index, { output, error }] of items.entries()) {
		if (error) {
			const { message, description } = error as IDataObject;
			labeled('Failed', `${String(message)}\n${String(description)}`, 'red');
		} else {
			labeled(`Reply ${index + 1}`, String(output));
		}
	}
	if (!items[0]?.error) {
		labeled('Cost', styled('dim', costOf(items)));
	} else if (number === failing) {
		labeled('Cost', styled('dim', 'nothing: the node checks each row before it sends it'));
	}
}

/** @returns whether the one ticket failed, and no other one */
function showResult({ items, seconds, answered }: Run, tickets: IDataObject[]): boolean {
	const errors = items.filter(({ json }) => json.error);
	const isAsPlanned = errors.length === 1 && tickets[ticketIndex(errors[0]!)]!.ticket === failing;

	heading('Result');
	labeled('Replies', `${items.length - errors.length}, to ${answered} tickets, in ${seconds.toFixed(1)} s`);
	if (isAsPlanned) {
		labeled('Failed', '1 ticket, on purpose: it has no language. The others went on.');
	} else {
		labeled('Failed', `${errors.length} tickets; only #${failing}, which has no language, should fail`, 'red');
	}
	labeled('Cost', costOf(items.map(({ json }) => json)));
	return isAsPlanned;
}

interface Totals {
	logs: number;
	/** US dollars; null if the price is not known. */
	cost: number | null;
}

/** Shows that the second run got what the first one had paid for; ends with 1 when it did not. */
function showSecondRun(before: Totals, ...runs: [first: [Run, Totals], second: [Run, Totals]]): void {
	heading('Retries get the saved answers: the same execution again');
	let earlier = before.cost ?? 0;
	for (const [index, [{ answered, replayed, paidTokens }, { logs, cost }]] of runs.entries()) {
		const paid = `${count(paidTokens)} tokens${cost === null ? '' : `, ${dollars(cost - earlier)}`}`;
		earlier = cost ?? 0;
		const label = ['1st run', '2nd run'][index]!;
		labeled(label, `${answered - replayed} model calls, ${paid}, ${logs} logs on the server`);
	}
	const [[first, totals], [second, totalsAfterwards]] = runs;
	const isFree =
		second.replayed === first.answered && second.paidTokens === 0 && isDeepStrictEqual(totalsAfterwards, totals);
	if (isFree && isDeepStrictEqual(second.items, first.items)) {
		const what =
			"Every reply came back word for word, from the server's saved responses. n8n's Retry On Fail gets them, too.";
		labeled('', styled('green', what));
	} else {
		labeled('', styled('red', 'It should have got the saved responses, at no cost. This is a bug: please report it.'));
		process.exitCode = 1;
	}
}

function showNext(): void {
	heading('What next');
	command('npm start', 'starts the real n8n with this prompt and the example workflows in it');
	command('OPENAI_API_KEY=sk-… npm run demo', `runs these tickets with OpenAI's ${defaultModel}`);
	const ollama = 'OPENAI_BASE_URL=http://127.0.0.1:11434/v1 OPENAI_MODEL=llama3.2';
	command(`${ollama} npm run demo`, 'runs them with Ollama, or another such host');
	if (process.env.DATA_DIR) {
		command(`DATA_DIR=${process.env.DATA_DIR} npm run server`, "serves this run's logs, and prints a key to read them");
	} else {
		command('DATA_DIR=.data/demo npm run demo', "keeps the server's data, logs and all, in that folder");
	}
}

/** The tokens of these items and what they cost, such as `281 tokens, $0.000084`. */
function costOf(items: IDataObject[]): string {
	const sum = (key: string) => items.reduce((total, item) => total + Number(item[key] ?? 0), 0);
	const isKnown = !items.some(({ cost }) => cost === null);
	const tokens = sum('promptTokens') + sum('generationTokens');
	return `${count(tokens)} tokens, ${isKnown ? dollars(sum('cost')) : 'price unknown'}`;
}

main().catch((error: Error) => {
	complain(error.message);
	process.exitCode = 1;
});
