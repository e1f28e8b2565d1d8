import type { AxiosInstance } from 'axios';
import type { IDataObject } from 'n8n-workflow';

import type { RecordedRequest } from '../hosts/recordingProxy.ts';
import type { LoadOutcome } from './load.ts';

/** What a run of chaos has found. Everything in `broken` must be 0. */
export interface ChaosFigures {
	kills: number;
	executions: number;
	items: number;
	/** Finished answers that the wire between node and server has lost. */
	lostResponses: number;
	/** Logs whose IDs the node has given out, each twice: by the execution and by its repeat. */
	acknowledgedLogs: number;
	/** Model calls as the provider's stand-in has counted them. */
	providerCalls: number;
	/** Model calls that were needed: one for each item. */
	distinctCalls: number;
	/** Model calls that the stand-in had not answered when the server died. */
	unanswered: number;
	/**
	 * Model calls that it had answered, and whose server died before it had stored the answer: the item was asked for again
	 * only after that. No server can close this gap.
	 */
	respondedBeforeSave: number;
	/** The longest time between such an answer and the kill, in milliseconds. */
	longestGapMs: number;
	broken: {
		/** Items that ended without an answer. */
		itemsWithoutResponse: number;
		/** Items whose execution, run again, gave another log or another text. */
		itemsWithOtherResponse: number;
		/** Log IDs that were given out and are not there, or say something else. */
		lostLogs: number;
		/** Items with another number of logs than one. */
		itemsWithOtherLogs: number;
		/**
		 * Answered calls that were repeated though the server that had the answer lived on, or though a server had sent the
		 * whole response before, which it does only when that is on the disk: paid twice.
		 */
		unexplainedCalls: number;
		/** Provider calls of an item that began while a living server had another one of the same item. */
		callsAtOnce: number;
	};
}

/** When the signal was sent and when the process was gone, in milliseconds since 1970. */
export interface Death {
	killedAt: number;
	goneAt: number;
}

/** What one server has asked the provider, and when it was killed. */
export interface ServerHistory {
	requests: RecordedRequest[];
	deaths: Death[];
}

/** A call of the provider. `endedAt`: when it was answered, or when the server that had sent it was gone. */
interface ProviderCall {
	prompt: string;
	isAnswered: boolean;
	receivedAt: number;
	endedAt: number;
	/** When the answer came. Infinity: never. */
	respondedAt: number;
	/** The first death of the server after the answer. */
	death: Death | undefined;
}

function providerCalls({ requests, deaths }: ServerHistory): ProviderCall[] {
	const calls = requests.filter(({ path }) => path.endsWith('/chat/completions'));
	return calls.map((call) => {
		const { receivedAt, respondedAt = Infinity } = call;
		const cut = deaths.find(({ goneAt }) => goneAt >= receivedAt);
		return {
			prompt: promptOf(call),
			isAnswered: call.respondedAt !== undefined,
			receivedAt,
			endedAt: Math.min(respondedAt, cut?.goneAt ?? Infinity),
			respondedAt,
			// What was sent to a process that was ending counts as sent to it.
			death: deaths.find(({ goneAt }) => respondedAt <= goneAt + 10),
		};
	});
}

function byItem(calls: ProviderCall[]): ProviderCall[][] {
	const items = new Map<string, ProviderCall[]>();
	for (const call of calls) items.set(call.prompt, [...(items.get(call.prompt) ?? []), call]);
	return [...items.values()];
}

/** How many of the calls of one item began before the one before had ended. */
function countOverlaps(calls: ProviderCall[]): number {
	const inOrder = calls.toSorted((a, b) => a.receivedAt - b.receivedAt);
	return inOrder.filter(({ receivedAt }, index) => index > 0 && receivedAt < inOrder[index - 1]!.endedAt).length;
}

/** When a server had first sent an item's whole response, by the item's name. A stream that broke off is none. */
function acknowledgements(wire: RecordedRequest[]): Map<string, number> {
	const times = new Map<string, number>();
	for (const { body, answer, answeredAt } of wire) {
		if (answeredAt === undefined || !answer?.includes('"finish_reason":"stop"')) continue;
		const name = String((body?.inputs as IDataObject | undefined)?.name);
		times.set(name, Math.min(answeredAt, times.get(name) ?? Infinity));
	}
	return times;
}

/** Counts what has become of every item, log and model call. `wire` is what the node sent, and what it was sent. */
export async function countFigures(
	api: AxiosInstance,
	projectId: string,
	{ executions, responses: responses, names }: LoadOutcome,
	servers: ServerHistory[],
	wire: RecordedRequest[],
): Promise<Omit<ChaosFigures, 'lostResponses'>> {
	const logs = (await allLogs(api, projectId)).filter((log) => !log.error);
	const outputs = new Map(logs.map((log) => [log.id, log.output]));
	const given = [...responses.values()].flat();
	const logsOf = countBy(logs.map((log) => String((log.inputs as IDataObject).name)));

	const calls = servers.flatMap((server) => providerCalls(server));
	const answered = calls.filter(({ isAnswered }) => isAnswered);
	const acknowledged = acknowledgements(wire);
	let respondedBeforeSave = 0;
	let unexplainedCalls = 0;
	let longestGapMs = 0;
	for (const itemCalls of byItem(answered)) {
		const inOrder = itemCalls.toSorted((one, other) => one.receivedAt - other.receivedAt);
		for (const [index, next] of inOrder.slice(1).entries()) {
			const { prompt, respondedAt, death } = inOrder[index]!;
			const wasSent = (acknowledged.get(prompt) ?? Infinity) < next.receivedAt;
			if (wasSent || death === undefined || next.receivedAt < death.killedAt) {
				unexplainedCalls += 1;
				continue;
			}
			respondedBeforeSave += 1;
			longestGapMs = Math.max(longestGapMs, death.killedAt - respondedAt);
		}
	}
	const overlaps = byItem(calls).map(countOverlaps);

	return {
		kills: servers.reduce((sum, { deaths }) => sum + deaths.length, 0),
		executions,
		items: names.length,
		acknowledgedLogs: given.length,
		providerCalls: calls.length,
		distinctCalls: names.length,
		unanswered: calls.length - answered.length,
		respondedBeforeSave,
		longestGapMs,
		broken: {
			itemsWithoutResponse: names.filter((name) => responses.get(name)?.length !== 2).length,
			itemsWithOtherResponse: [...responses.values()].filter(
				([first, second]) => first?.id !== second?.id || first?.output !== second?.output,
			).length,
			lostLogs: given.filter(({ id, output }) => outputs.get(id) !== output).length,
			itemsWithOtherLogs: names.filter((name) => logsOf.get(name) !== 1).length,
			unexplainedCalls,
			callsAtOnce: overlaps.reduce((sum, number) => sum + number, 0),
		},
	};
}

function promptOf({ body }: RecordedRequest): string {
	return (body!.messages as Array<{ content: string }>)[0]!.content;
}

function countBy(names: string[]): Map<string, number> {
	const counts = new Map<string, number>();
	for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
	return counts;
}

async function allLogs(api: AxiosInstance, projectId: string): Promise<IDataObject[]> {
	const all: IDataObject[] = [];
	for (let page = 0; ; page++) {
		const { data, status } = await api.get<{ records: IDataObject[] }>('/logs', {
			params: { project_id: projectId, page, size: 500 },
		});
		if (status !== 200) throw new Error(`The logs cannot be read: ${JSON.stringify(data)}`);
		if (data.records.length === 0) return all;
		all.push(...data.records);
	}
}
