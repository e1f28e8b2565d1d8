import type { Delta } from '../domain/provider.ts';
import { checkFinished, type Generation, type Round } from './generation.ts';

/** How one request is made: plain, or as a stream. */
type Requester = {
	generate(samples: number, signal: AbortSignal): Promise<Generation>;
	stream(samples: number, signal: AbortSignal): AsyncIterator<Delta, Generation, void>;
	oneSamplePerRequest?: boolean;
};

/** One request for each sample, side by side. Keeps the ones that succeed. Throws if all fail. */
async function generateEach(call: Requester, samples: number, signal: AbortSignal): Promise<Round> {
	const failures: unknown[] = [];
	const requests = Array.from({ length: samples }, () =>
		call.generate(1, signal).catch((error: unknown) => void failures.push(error)),
	);
	const generations = (await Promise.all(requests)).filter((generation) => generation !== undefined);
	const [error] = failures;
	if (generations.length === 0) throw error;
	return { generations, failure: failures.length === 0 ? undefined : { error, isOpen: false }, failures };
}

/** Asks for that many samples, in one request or in one for each. */
export async function generateRound(call: Requester, samples: number, signal: AbortSignal): Promise<Round> {
	if (call.oneSamplePerRequest === true) return generateEach(call, samples, signal);
	return { generations: [await call.generate(samples, signal)] };
}

/** The stream of one sample among others. */
type Lane = {
	pieces: AsyncIterator<Delta, Generation, void>;
	/** Its sample's index: undefined until there is something of it. */
	index: number | undefined;
};

/** What a lane brings next: a piece, its end, or why it failed. */
type Step = { lane: Lane; result?: IteratorResult<Delta, Generation>; error?: unknown };

async function nextOf(lane: Lane): Promise<Step> {
	try {
		const result = await lane.pieces.next();
		if (result.done === true) checkFinished(result.value.samples);
		return { lane, result };
	} catch (error) {
		return { lane, error };
	}
}

/**
 * One stream for each sample, side by side. A sample gets its index when the first of it comes, so that those that fail
 * before take none. Throws if all fail before that.
 */
async function* streamEach(call: Requester, samples: number, signal: AbortSignal): AsyncGenerator<Delta, Round, void> {
	const end = new AbortController();
	const both = AbortSignal.any([signal, end.signal]);
	const lanes: Lane[] = Array.from({ length: samples }, () => ({ pieces: call.stream(1, both), index: undefined }));
	const pending = new Map(lanes.map((lane) => [lane, nextOf(lane)]));
	const generations: Generation[] = [];
	let failure: Round['failure'];
	const failures: unknown[] = [];
	let indices = 0;
	try {
		while (pending.size > 0) {
			const { lane, result, error } = await Promise.race(pending.values());
			pending.delete(lane);
			if (result === undefined) {
				failures.push(error);
				failure = { error: failure?.error ?? error, isOpen: failure?.isOpen === true || lane.index !== undefined };
				continue;
			}
			if (result.done !== true) pending.set(lane, nextOf(lane));
			// White space is text too, but nothing is not.
			if (result.done !== true && result.value.text === '') continue;
			const index = (lane.index ??= indices++);
			if (result.done !== true) {
				yield { index, text: result.value.text };
				continue;
			}
			const [sample] = result.value.samples;
			generations.push({ ...result.value, samples: sample === undefined ? [] : [{ ...sample, index }] });
		}
		if (generations.length === 0) throw failure?.error;
		return { generations, failure, failures };
	} finally {
		end.abort();
		await Promise.allSettled(lanes.map(async ({ pieces }) => pieces.return?.()));
	}
}

/** The same as streams. Of a whole stream, all samples are there and have a finish reason. */
export async function* streamRound(
	call: Requester,
	samples: number,
	signal: AbortSignal,
): AsyncGenerator<Delta, Round, void> {
	if (call.oneSamplePerRequest === true) return yield* streamEach(call, samples, signal);
	const pieces = call.stream(samples, signal);
	try {
		for (;;) {
			const step = await pieces.next();
			if (step.done === true) {
				checkFinished(step.value.samples);
				return { generations: [step.value] };
			}
			yield step.value;
		}
	} finally {
		await pieces.return?.();
	}
}
