import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';

/*
 * A host that speaks just enough of the v4 API for one prompt, and costs next to nothing itself:
 *
 *   --port N  --delay-ms N  --concurrency N  --refused SHARE
 *
 * It works on --concurrency completion calls at once, for --delay-ms each; further calls wait in the order in which they
 * arrived. It refuses a random share of the calls with 429 and no Retry-After, like a host whose model provider is
 * overloaded. It returns model configs at once. GET /counts returns the number of calls since the last GET /counts.
 */
const { values } = parseArgs({
	options: {
		port: { type: 'string' },
		'delay-ms': { type: 'string', default: '0' },
		concurrency: { type: 'string', default: 'Infinity' },
		refused: { type: 'string', default: '0' },
	},
});
const delayMs = Number(values['delay-ms']);
const refusedShare = Number(values.refused);

const noCalls = { completions: 0, refused: 0, reads: 0 };
let counts = { ...noCalls };
let free = Number(values.concurrency);
const waiting: Array<() => void> = [];

async function withSlot(work: () => Promise<void>): Promise<void> {
	if (free > 0) free--;
	else await new Promise<void>((resolve) => waiting.push(resolve));
	await work();
	const next = waiting.shift();
	if (next) next();
	else free++;
}

function result(response: ServerResponse, status: number, body: object): void {
	response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

async function complete(request: IncomingMessage, response: ServerResponse): Promise<void> {
	const position = counts.completions++;
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	const { model_config_id, num_samples, inputs } = JSON.parse(Buffer.concat(chunks).toString()) as CompletionCall;
	await withSlot(async () => {
		if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
	});
	if (Math.random() < refusedShare) {
		counts.refused++;
		result(response, 429, { detail: 'The model provider asks for fewer requests.' });
		return;
	}
	const output = `An answer to: ${String(inputs?.question)}`;
	result(response, 200, {
		project_id: null,
		num_samples,
		logprobs: null,
		suffix: null,
		user: null,
		data: Array.from({ length: num_samples ?? 1 }, (_, index) => ({
			id: `data_${position}_${index}`,
			index,
			output,
			raw_output: output,
			inputs,
			finish_reason: 'stop',
			model_config_id,
			tool_results: [],
		})),
		usage: { prompt_tokens: 40, generation_tokens: 20, total_tokens: 60 },
		metadata: null,
		provider_responses: [],
		provider_request: {},
		session_id: null,
	});
}

interface CompletionCall {
	model_config_id: string;
	num_samples?: number;
	inputs?: { question?: string };
}

http
	.createServer((request, response) => {
		if (request.method === 'POST' && request.url === '/v4/completion-model-config') {
			void complete(request, response);
		} else if (request.url?.startsWith('/v4/model-configs/')) {
			counts.reads++;
			result(response, 200, {
				id: 'config_bench',
				type: 'model',
				model: 'bench',
				endpoint: 'complete',
				prompt_template: 'Answer: {{question}}',
			});
		} else if (request.url === '/counts') {
			result(response, 200, counts);
			counts = { ...noCalls };
		} else {
			result(response, 404, { detail: 'Not Found' });
		}
	})
	.listen(Number(values.port), '127.0.0.1');
