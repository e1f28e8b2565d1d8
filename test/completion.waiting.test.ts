import type { IDataObject } from 'n8n-workflow';

import { nameOf, threeItems as items, useHarness } from './harness/useHarness.ts';
import { silence, status, type FaultResponse } from './hosts/faultResponses.ts';

/** How long the node waits before a retry, and what ends the waiting. */
const harness = useHarness();

describe('waiting', () => {
	test('as long as the host asks', async () => {
		const sentAt: number[] = [];
		harness.proxy.fault = (request, response) => {
			if (nameOf(request) !== 'first') return false;
			sentAt.push(Date.now());
			if (sentAt.length > 1) return false;
			status(429, { 'retry-after': '1' })(response);
			return true;
		};
		await harness.run({ items });
		expect(sentAt[1]! - sentAt[0]!).toBeGreaterThanOrEqual(1000);
	});

	test('not at all for longer than the budget', async () => {
		harness.proxy.fault = (_request, response) => {
			status(429, { 'retry-after': '86400' })(response);
			return true;
		};
		const { success } = await harness.run({ items, settings: { onError: 'continueRegularOutput' } });
		expect(success.map(({ json }) => (json.error as IDataObject).attempts)).toEqual([1, 1, 1]);
	});

	test.each(['={{ "250" }}', 250])('a timeout of %s', async (timeout) => {
		harness.proxy.fault = () => true;
		const { success } = await harness.run({
			items,
			parameters: { requestOptions: { timeout }, options: { maxRetries: 0 } },
			settings: { onError: 'continueRegularOutput' },
		});
		for (const { json } of success)
			expect(json.error).toMatchObject({ message: 'No response within the timeout (ECONNABORTED)' });
	});

	test('a timeout that no timer can hold', async () => {
		const { failure } = await harness.run({ items, parameters: { requestOptions: { timeout: 5e9 } } });
		expect(failure?.message).toBe("'Timeout' is above 2147483647: 5000000000 [item 0]");
		expect(harness.calls()).toHaveLength(0);
	});

	test('options that an expression leaves empty are as if they were not there', async () => {
		const { success } = await harness.run({
			items,
			parameters: { options: { maxRetries: '={{ "" }}', maxConcurrency: '={{ undefined }}' } },
		});
		expect(success).toHaveLength(3);
	});

	test('a stream that falls silent is ended', async () => {
		harness.proxy.fault = (_request, response) => {
			response.writeHead(200, { 'content-type': 'text/event-stream' });
			response.write(': still here\n\n');
			return true;
		};
		const { success } = await harness.run({
			items,
			parameters: { requestOptions: { timeout: 2_000 }, options: { stream: true, maxRetries: 0 } },
			settings: { onError: 'continueRegularOutput' },
		});
		for (const { json } of success) expect(json.error).toMatchObject({ message: 'The stream sent nothing for 2 s' });
	});
});

describe('cancelling ends it at once and sends nothing more', () => {
	/** Cancels once the host has seen so many calls, and tells what came over the wire in all. */
	async function cancelAfter(
		calls: number,
		result: FaultResponse,
		parameters: IDataObject,
	): Promise<{ ms: number; calls: number; closed: number }> {
		let seen = 0;
		let closed = 0;
		let cancelledAt = 0;
		let cancel: () => void = () => {};
		const cancelWhen = new Promise<void>((resolve) => (cancel = resolve));
		const cancelNow = () => {
			cancelledAt = Date.now();
			cancel();
		};
		harness.proxy.fault = (_request, response) => {
			response.once('close', () => closed++);
			result(response);
			if (++seen === calls) setTimeout(cancelNow, 50);
			return true;
		};
		const many = Array.from({ length: 30 }, (_, item) => ({ name: `item ${item}`, topic: 'x' }));
		await harness.run({ items: many, parameters: parameters as never, cancelWhen });
		const ms = Date.now() - cancelledAt;
		while (closed < calls) await new Promise((resolve) => setTimeout(resolve, 10));
		// Another call would be here by now.
		await new Promise((resolve) => setTimeout(resolve, 300));
		return { ms, calls: harness.calls().length, closed };
	}

	test('while calls are under way and others wait for the concurrency limit', async () => {
		expect(await cancelAfter(4, silence, { options: { maxConcurrency: 4 } })).toMatchObject({ calls: 4, closed: 4 });
	});

	test('while items wait for their retry', async () => {
		const outcome = await cancelAfter(30, status(429, { 'retry-after': '20' }), { options: { maxConcurrency: 30 } });
		expect(outcome.calls).toBe(30);
		expect(outcome.ms).toBeLessThan(10_000);
	});

	test('while a response streams', async () => {
		const trickle: FaultResponse = (response) => {
			response.writeHead(200, { 'content-type': 'text/event-stream' });
			response.write(': begin\n\n');
		};
		expect(await cancelAfter(4, trickle, { options: { maxConcurrency: 4, stream: true } })).toMatchObject({
			calls: 4,
			closed: 4,
		});
	});
});
