// n8n's engine must not find the settings of an n8n that this user may run: first of all imports.
import '../../test/harness/isolate.ts';

import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { loadPackage } from '../../test/harness/loadPackage.ts';
import { runNode } from '../../test/harness/runNode.ts';
import type { RunningServer } from '../../test/hosts/startServer.ts';

export interface Run {
	items: INodeExecutionData[];
	seconds: number;
	/** The node's completion calls that got a response. */
	answered: number;
	/** Those of them that the server answered with a saved response. */
	replayed: number;
	/** The tokens that n8n counted as paid for. */
	paidTokens: number;
}

/**
 * Loads n8n's engine and the built node, which takes seconds.
 *
 * @param packageFolder where the node is; without one, this clone
 * @returns a function that runs the items through them, each time as the same execution
 */
export async function openExecution(
	{ apiKey, baseUrl }: RunningServer,
	packageFolder: string | undefined,
	items: IDataObject[],
	parameters: INodeParameters,
): Promise<() => Promise<Run>> {
	const loaded = await loadPackage(packageFolder);
	const executionId = randomUUID();
	return async () => {
		const calls = countCalls(baseUrl);
		const startedAt = Date.now();
		const hideProgress = showProgress(() => `${calls.answered} of ${items.length} tickets answered`);
		const { success, failure, run } = await runNode(loaded, {
			items,
			executionId,
			settings: { onError: 'continueRegularOutput' },
			credentials: { apiKey, baseUrl },
			parameters,
		}).finally(() => {
			calls.stop();
			hideProgress();
		});
		if (failure) throw failure;
		const { inputTokens = 0, outputTokens = 0 } = run.data.resultData.runData.Humanloop![0]!.metadata?.tokenUsage ?? {};
		return {
			items: success,
			seconds: (Date.now() - startedAt) / 1000,
			answered: calls.answered,
			replayed: calls.replayed,
			paidTokens: inputTokens + outputTokens,
		};
	};
}

/** Shows in a terminal how far the run is, twice a second. Returns a function that takes the line away. */
function showProgress(what: () => string): () => void {
	if (!process.stdout.isTTY) return () => {};
	const startedAt = Date.now();
	const seconds = () => Math.round((Date.now() - startedAt) / 1000);
	const timer = setInterval(() => process.stdout.write(`\r\x1b[K${what()} (${seconds()} s)`), 500);
	return () => {
		clearInterval(timer);
		process.stdout.write('\r\x1b[K');
	};
}

/** Counts this process's completion calls to a server on the wire, until it is stopped. */
function countCalls(baseUrl: string) {
	const { host, pathname } = new URL(baseUrl);
	const onResponse = (message: unknown) => {
		const { request, response } = message as { request: ClientRequest; response: IncomingMessage };
		if (request.getHeader('host') !== host || request.path !== `${pathname}/completion-model-config`) return;
		if (response.statusCode !== 200) return;
		calls.answered++;
		if (response.headers['idempotent-replayed'] === 'true') calls.replayed++;
	};
	const calls = { answered: 0, replayed: 0, stop: () => void unsubscribe('http.client.response.finish', onResponse) };
	subscribe('http.client.response.finish', onResponse);
	return calls;
}
