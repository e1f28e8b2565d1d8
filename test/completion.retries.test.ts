import type { ServerResponse } from 'node:http';
import type { IDataObject } from 'n8n-workflow';

import { manualInputs, openScene, type Scene } from './engine/scene.ts';
import type { RecordedRequest } from './hosts/recordingProxy.ts';

/**
 * The fault matrix: {stop, continue, error output} × {first, middle, last item} × faults, answered by
 * the host that the node calls; what is not faulty is answered by the server.
 */
let scene: Scene;
beforeAll(async () => {
	scene = await openScene();
});
afterAll(() => scene.close());
beforeEach(() => {
	scene.proxy.fault = undefined;
	scene.calls();
});

const items = ['first', 'middle', 'last'].map((name) => ({ name, topic: 'x' }));
const nameOf = (request: RecordedRequest) => (request.body!.inputs as IDataObject).name as string;

type Answer = (response: ServerResponse) => void;
const status = (code: number, headers: Record<string, string> = {}): Answer => (response) => {
	response.writeHead(code, { 'content-type': 'application/json', ...headers });
	response.end(JSON.stringify({ detail: `fault ${code}` }));
};
const reset: Answer = (response) => response.destroy();
const silence: Answer = () => {};
const cutBody: Answer = (response) => {
	response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
	response.write('{"data":[{"id":"data_1",', () => response.destroy());
};
const cutStream: Answer = (response) => {
	response.writeHead(200, { 'content-type': 'text/event-stream' });
	response.write('data: {"data":[{"id":"data_1","index":0,"output":"Hel","raw_output":"Hel","finish_reason":null}],"provider_responses":[]}\n\n', () =>
		response.destroy(),
	);
};
const soon = { 'retry-after-ms': '1' };

interface Fault {
	answer: Answer;
	isTransient: boolean;
	message: RegExp;
	parameters?: IDataObject;
	options?: IDataObject;
}

const faults: Record<string, Fault> = {
	400: { answer: status(400), isTransient: false, message: /^fault 400$/ },
	401: { answer: status(401), isTransient: false, message: /^fault 401$/ },
	404: { answer: status(404), isTransient: false, message: /^fault 404$/ },
	422: { answer: status(422), isTransient: false, message: /^fault 422$/ },
	'429 with Retry-After': { answer: status(429, { 'retry-after': '0' }), isTransient: true, message: /^fault 429$/ },
	'429 without Retry-After': { answer: status(429), isTransient: true, message: /^fault 429$/ },
	500: { answer: status(500, soon), isTransient: true, message: /^fault 500$/ },
	503: { answer: status(503, soon), isTransient: true, message: /^fault 503$/ },
	'a time-out': { answer: silence, isTransient: true, message: /timeout/, parameters: { requestOptions: { timeout: 250 } } },
	'a reset': { answer: reset, isTransient: true, message: /ended before the answer/ },
	'a cut body': { answer: cutBody, isTransient: true, message: /ended in the middle of the answer/ },
	'a cut stream': { answer: cutStream, isTransient: true, message: /ended before the answer was whole/, options: { stream: true } },
};

describe.each(Object.entries(faults))('%s', (_name, { answer, isTransient, message, parameters, options }) => {
	const maxRetries = 1;
	const given = { ...parameters, options: { ...options, maxRetries } };

	/** Faulty for one item, for the first so many of its calls. */
	function failFor(item: number, times: number): void {
		let left = times;
		scene.proxy.fault = (request, response) => {
			if (nameOf(request) !== items[item]!.name || left-- <= 0) return false;
			answer(response);
			return true;
		};
	}

	const callsPerItem = () => {
		const calls = scene.calls();
		return items.map(({ name }) => calls.filter((call) => nameOf(call) === name).length);
	};
	const expectedCalls = (bad: number) => items.map((_, item) => (item === bad && isTransient ? 1 + maxRetries : 1));

	test.each([0, 1, 2])('continue, item %i: one error item, the others answered once', async (bad) => {
		failFor(bad, Infinity);
		const { success } = await scene.run({ items, parameters: given, settings: { onError: 'continueRegularOutput' } });
		expect(callsPerItem()).toEqual(expectedCalls(bad));
		expect(success.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
		for (const [item, { json }] of success.entries()) {
			if (item !== bad) expect(json.output).toEqual(expect.any(String));
			else {
				expect(json).toEqual({
					error: {
						message: expect.stringMatching(message) as string,
						description: expect.any(String) as string,
						status: Number(/^fault (\d+)/.exec(String((json.error as IDataObject).message))?.[1]) || null,
						attempts: isTransient ? 1 + maxRetries : 1,
						requestId: null,
					},
				});
			}
		}
	});

	test.each([0, 1, 2])('error output, item %i: it takes the branch', async (bad) => {
		failFor(bad, Infinity);
		const { success, error } = await scene.run({ items, parameters: given, settings: { onError: 'continueErrorOutput' } });
		expect(callsPerItem()).toEqual(expectedCalls(bad));
		expect(success).toHaveLength(2);
		expect(error).toEqual([{ json: { ...items[bad], error: expect.objectContaining({ message: expect.stringMatching(message) as string }) as object }, pairedItem: { item: bad } }]);
	});

	test.each([0, 1, 2])('stop, item %i: its error is the one shown', async (bad) => {
		failFor(bad, Infinity);
		const { failure } = await scene.run({ items, parameters: given });
		expect(failure?.message).toMatch(message);
		expect(failure?.context).toMatchObject({ itemIndex: bad });
		expect(callsPerItem()[bad]).toBe(expectedCalls(bad)[bad]);
	});

	test('once, then answered: every item has its answer, if the fault may pass', async () => {
		failFor(1, 1);
		const { success, failure } = await scene.run({ items, parameters: given });
		if (!isTransient) return expect(failure?.message).toMatch(message);
		expect(failure).toBeUndefined();
		expect(success.map(({ json }) => typeof json.output)).toEqual(['string', 'string', 'string']);
		expect(callsPerItem()).toEqual([1, 2, 1]);
	});
});

describe('the idempotency key', () => {
	const keys = () => scene.calls().map(({ headers }) => headers['idempotency-key'] as string);

	test('differs between items and stays the same for the retries of an item', async () => {
		let left = 2;
		scene.proxy.fault = (request, response) => {
			if (nameOf(request) !== 'first' || left-- <= 0) return false;
			status(429, soon)(response);
			return true;
		};
		await scene.run({ items });
		const seen = keys();
		expect(seen).toHaveLength(5);
		expect(new Set(seen).size).toBe(3);
		for (const key of seen) expect(key).toMatch(/^[0-9a-f]{64}$/);
	});

	test('is the same in the tries of Retry On Fail, and for a job that is run again', async () => {
		scene.proxy.fault = (request, response) => {
			if (nameOf(request) !== 'last') return false;
			status(400)(response);
			return true;
		};
		const options = { items, settings: { retryOnFail: true, maxTries: 3, waitBetweenTries: 0 }, executionId: 'same' };
		await scene.run(options);
		const first = keys();
		expect(first.length).toBeGreaterThan(3);
		expect(new Set(first).size).toBe(3);
		await scene.run(options);
		expect(new Set([...first, ...keys()]).size).toBe(3);
	});

	test('differs between executions and between bodies', async () => {
		await scene.run({ items, executionId: '1' });
		await scene.run({ items, executionId: '2' });
		await scene.run({ items, executionId: '2', parameters: { options: { source: 'other' } } });
		expect(new Set(keys()).size).toBe(9);
	});

	test('does not depend on the keys in the credentials', async () => {
		const credentials = { apiKey: scene.server.apiKey, baseUrl: scene.proxy.baseUrl };
		await scene.run({ items, executionId: '3', credentials });
		await scene.run({ items, executionId: '3', credentials: { ...credentials, openaiApiKey: 'rotated' } });
		expect(new Set(keys()).size).toBe(3);
	});

	test('is one per run where there is no execution ID', async () => {
		await scene.run({ items, executionId: '' });
		await scene.run({ items, executionId: '' });
		expect(new Set(keys()).size).toBe(6);
	});
});

describe('places', () => {
	/** Answers after a moment, and counts how many calls are open at once. */
	function countOpen(delayMs: number): { most: number } {
		let open = 0;
		const count = { most: 0 };
		scene.proxy.fault = async (_request, response) => {
			count.most = Math.max(count.most, ++open);
			response.once('close', () => open--);
			await new Promise((resolve) => setTimeout(resolve, delayMs));
			return false;
		};
		return count;
	}
	const many = (count: number) => Array.from({ length: count }, (_, item) => ({ name: `item ${item}`, topic: 'x' }));

	test('no more calls at once than Max Concurrency, with 1,000 items', async () => {
		const count = countOpen(1);
		const { success } = await scene.run({ items: many(1000) });
		expect(success).toHaveLength(1000);
		expect(success.map(({ pairedItem }) => (pairedItem as { item: number }).item)).toEqual(many(1000).map((_, item) => item));
		expect(count.most).toBe(10);
		expect(scene.calls()).toHaveLength(1000);
	});

	test('the first item says how many', async () => {
		const count = countOpen(10);
		await scene.run({ items: many(12), parameters: { options: { maxConcurrency: '={{ $itemIndex === 0 ? 3 : 100 }}' } } });
		expect(count.most).toBe(3);
	});

	test('two executions at once do not share a limit', async () => {
		const count = countOpen(100);
		const options = { items: many(8), parameters: { options: { maxConcurrency: 4 } } };
		await Promise.all([scene.run({ ...options, executionId: '1' }), scene.run({ ...options, executionId: '2' })]);
		expect(count.most).toBe(8);
	});

	test('fewer at once while the host asks for fewer, and more again afterwards', async () => {
		let open = 0;
		const openAt: number[] = [];
		scene.proxy.fault = async (_request, response, position) => {
			openAt[position] = ++open;
			response.once('close', () => open--);
			await new Promise((resolve) => setTimeout(resolve, 5));
			if (position >= 16) return false;
			status(429, soon)(response);
			return true;
		};
		const { success } = await scene.run({ items: many(300), parameters: { options: { maxConcurrency: 16, maxRetries: 9 } } });
		expect(success.filter(({ json }) => json.output)).toHaveLength(300);
		expect(Math.max(...openAt.slice(0, 16))).toBe(16);
		expect(Math.max(...openAt.slice(32, 40))).toBeLessThan(12);
		expect(Math.max(...openAt.slice(200))).toBeGreaterThan(12);
	});

	test('after the first final error nothing more is sent, and it is the error that is shown', async () => {
		scene.proxy.fault = (request, response) => {
			if (nameOf(request) !== 'item 3') return false;
			status(422)(response);
			return true;
		};
		const { failure } = await scene.run({ items: many(50), parameters: { options: { maxConcurrency: 1 } } });
		expect(failure).toMatchObject({ message: 'fault 422', context: { itemIndex: 3 } });
		expect(scene.calls().map(nameOf)).toEqual(['item 0', 'item 1', 'item 2', 'item 3']);
	});

	test('nor after bad input', async () => {
		const { failure } = await scene.run({
			items: many(50),
			parameters: { specifyInputs: 'json', inputsJson: '={{ $itemIndex === 0 ? "{" : $json }}', options: { maxConcurrency: 1 } },
		});
		expect(failure?.message).toBe("'Inputs (JSON)' is not valid JSON [item 0]");
		expect(scene.calls()).toHaveLength(0);
	});

	test('nor when the expression of a later item throws and n8n ends the node', async () => {
		const { failure } = await scene.run({
			items: many(30),
			parameters: { options: { user: '={{ $itemIndex === 29 ? $("Nowhere").first().json.x : "u" }}', maxConcurrency: 2 } },
			settings: { retryOnFail: true, maxTries: 2, waitBetweenTries: 0 },
		});
		expect(failure).toBeDefined();
		await new Promise((resolve) => setTimeout(resolve, 300));
		expect(scene.calls()).toHaveLength(0);
	});

	test('nor with batching, where all items of a batch have ended before the next one begins', async () => {
		scene.proxy.fault = (request, response) => {
			if (nameOf(request) !== 'item 1') return false;
			status(422)(response);
			return true;
		};
		const requestOptions = { batching: { batch: { batchSize: 1, batchInterval: 100 } } };
		const { failure } = await scene.run({ items: many(5), parameters: { requestOptions } });
		expect(failure).toMatchObject({ message: 'fault 422', context: { itemIndex: 1 } });
		expect(scene.calls()).toHaveLength(2);
	});

	test('nor does the end wait for those that wait for their retry', async () => {
		scene.proxy.fault = (request, response) => {
			if (nameOf(request) === 'item 0') status(429, { 'retry-after': '25' })(response);
			else if (nameOf(request) === 'item 3') setTimeout(() => status(422)(response), 50);
			else return false;
			return true;
		};
		const startedAt = Date.now();
		const { failure } = await scene.run({ items: many(4) });
		expect(failure?.message).toBe('fault 422');
		expect(Date.now() - startedAt).toBeLessThan(20_000);
	});
});

describe('waiting', () => {
	test('as long as the host asks', async () => {
		const sentAt: number[] = [];
		scene.proxy.fault = (request, response) => {
			if (nameOf(request) !== 'first') return false;
			sentAt.push(Date.now());
			if (sentAt.length > 1) return false;
			status(429, { 'retry-after': '1' })(response);
			return true;
		};
		await scene.run({ items });
		expect(sentAt[1]! - sentAt[0]!).toBeGreaterThanOrEqual(1000);
	});

	test('not at all for longer than the budget', async () => {
		scene.proxy.fault = (_request, response) => {
			status(429, { 'retry-after': '86400' })(response);
			return true;
		};
		const { success } = await scene.run({ items, settings: { onError: 'continueRegularOutput' } });
		expect(success.map(({ json }) => (json.error as IDataObject).attempts)).toEqual([1, 1, 1]);
	});

	test.each(['={{ "250" }}', 250])('a timeout of %s', async (timeout) => {
		scene.proxy.fault = () => true;
		const { success } = await scene.run({
			items,
			parameters: { requestOptions: { timeout }, options: { maxRetries: 0 } },
			settings: { onError: 'continueRegularOutput' },
		});
		for (const { json } of success) expect(json.error).toMatchObject({ message: 'No answer within the timeout (ECONNABORTED)' });
	});

	test('a timeout that no timer can hold', async () => {
		const { failure } = await scene.run({ items, parameters: { requestOptions: { timeout: 5e9 } } });
		expect(failure?.message).toBe("'Timeout' is above 2147483647: 5000000000 [item 0]");
		expect(scene.calls()).toHaveLength(0);
	});

	test('options that an expression leaves empty are as if they were not there', async () => {
		const { success } = await scene.run({ items, parameters: { options: { maxRetries: '={{ "" }}', maxConcurrency: '={{ undefined }}' } } });
		expect(success).toHaveLength(3);
	});

	test('a stream that falls silent is ended', async () => {
		scene.proxy.fault = (_request, response) => {
			response.writeHead(200, { 'content-type': 'text/event-stream' });
			response.write(': still here\n\n');
			return true;
		};
		const { success } = await scene.run({
			items,
			parameters: { requestOptions: { timeout: 200 }, options: { stream: true, maxRetries: 0 } },
			settings: { onError: 'continueRegularOutput' },
		});
		for (const { json } of success) expect(json.error).toMatchObject({ message: 'The stream has been silent for 0.2 s' });
	});
});

describe('who else starts the node', () => {
	test('Execute Once: the first item is answered, the others are not sent', async () => {
		const { success, failure } = await scene.run({ items, settings: { executeOnce: true } });
		expect(failure).toBeUndefined();
		expect(success.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }]);
		expect(scene.calls().map(nameOf)).toEqual(['first']);
	});

	test('an AI Agent with several items, calling the tool several times at once: each call has its answer', async () => {
		let left = 1;
		scene.proxy.fault = (_request, response) => {
			if (left-- <= 0) return false;
			status(429, soon)(response);
			return true;
		};
		// The Agent has already put the values in place of its $fromAI() expressions.
		const given = (name: string) => ({ inputs: manualInputs({ name, topic: 'x' }) });
		const calls = await Promise.all(['first', 'last'].map((name) => scene.runTool({ items: [{}], parameters: given(name) }, 3)));
		expect(calls.flat().map((answers) => answers.map(({ json }) => typeof json.output))).toEqual([['string'], ['string']]);
		const together = await scene.runTool({ items: [{}, {}], parameters: given('both') }, 3);
		expect(together.map((answers) => answers.map(({ json }) => typeof json.output))).toEqual([['string'], ['string']]);
	});

	test('an AI Agent: a call that fails is an error', async () => {
		scene.proxy.fault = (_request, response) => {
			status(422)(response);
			return true;
		};
		await expect(scene.runTool({ items: [{ name: 'x', topic: 'y' }] }, 3)).rejects.toThrow('fault 422');
	});
});

test('many items that wait for their retry are no leak to Node.js', async () => {
	const warnings: string[] = [];
	const hear = (warning: Error) => warnings.push(warning.name);
	process.on('warning', hear);
	let left = 60;
	scene.proxy.fault = (_request, response) => {
		if (left-- <= 0) return false;
		status(429, soon)(response);
		return true;
	};
	const many = Array.from({ length: 60 }, (_, item) => ({ name: `item ${item}`, topic: 'x' }));
	await scene.run({ items: many, parameters: { options: { maxConcurrency: 60 } } });
	process.off('warning', hear);
	expect(warnings).toEqual([]);
});

describe('cancelling ends it at once and sends nothing more', () => {
	/** Cancels once the host has seen so many calls, and tells what came over the wire in all. */
	async function cancelAfter(calls: number, answer: Answer, parameters: IDataObject): Promise<{ ms: number; calls: number; closed: number }> {
		let seen = 0;
		let closed = 0;
		let cancel: () => void = () => {};
		const cancelWhen = new Promise<void>((resolve) => (cancel = resolve));
		scene.proxy.fault = (_request, response) => {
			response.once('close', () => closed++);
			answer(response);
			if (++seen === calls) setTimeout(cancel, 50);
			return true;
		};
		const many = Array.from({ length: 30 }, (_, item) => ({ name: `item ${item}`, topic: 'x' }));
		const startedAt = Date.now();
		await scene.run({ items: many, parameters: parameters as never, cancelWhen });
		const ms = Date.now() - startedAt;
		await new Promise((resolve) => setTimeout(resolve, 300));
		return { ms, calls: scene.calls().length, closed };
	}

	test('while calls are under way and others wait for a place', async () => {
		expect(await cancelAfter(4, silence, { options: { maxConcurrency: 4 } })).toMatchObject({ calls: 4, closed: 4 });
	});

	test('while items wait for their retry', async () => {
		const outcome = await cancelAfter(30, status(429, { 'retry-after': '20' }), { options: { maxConcurrency: 30 } });
		expect(outcome.calls).toBe(30);
		expect(outcome.ms).toBeLessThan(10_000);
	});

	test('while an answer streams', async () => {
		const trickle: Answer = (response) => {
			response.writeHead(200, { 'content-type': 'text/event-stream' });
			response.write(': begin\n\n');
		};
		expect(await cancelAfter(4, trickle, { options: { maxConcurrency: 4, stream: true } })).toMatchObject({ calls: 4, closed: 4 });
	});
});

test('ten items of which one answers 429 twice are twelve calls, with Retry On Fail on as well', async () => {
	for (const retryOnFail of [false, true]) {
		const ten = Array.from({ length: 10 }, (_, item) => ({ name: `item ${item}`, topic: 'x' }));
		let left = 2;
		scene.proxy.fault = (request, response) => {
			if (nameOf(request) !== 'item 4' || left-- <= 0) return false;
			status(429, soon)(response);
			return true;
		};
		const { success } = await scene.run({ items: ten, settings: { retryOnFail, maxTries: 3, waitBetweenTries: 0 } });
		expect(success).toHaveLength(10);
		expect(scene.calls()).toHaveLength(12);
	}
});
