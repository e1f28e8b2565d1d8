import type { LogResponse } from '../../contract/logs.ts';
import { toLoggedInput, type LoggedInput } from './loggedInputs.ts';
import { jobKey, jobKeyOf } from './runLogs.ts';
import { verdictOf, type Verdict } from './verdicts.ts';

export type Side = 'left' | 'right';

/** What came of one call. */
export interface Answer {
	/** Undefined if it has not been made, or if it failed before it had a log. */
	log: LogResponse | undefined;
	/** Why it failed. Undefined if it did not. */
	error: unknown;
}

/** An input with the answers of both versions. */
export interface Pair {
	input: LoggedInput;
	left: Answer;
	right: Answer;
	verdict: Verdict | undefined;
}

/** Of repeated calls, the one that did not fail. */
function byJob(logs: LogResponse[]): Map<string, LogResponse> {
	const found = new Map<string, LogResponse>();
	for (const log of logs) {
		const key = jobKeyOf(log);
		const before = found.get(key);
		if (before === undefined || (before.error !== null && log.error === null)) found.set(key, log);
	}
	return found;
}

/** Inputs of the run that are not among the given ones: they are not chosen any more, or their logs were not found again. */
function lostInputs(logs: LogResponse[], inputs: LoggedInput[]): LoggedInput[] {
	const known = new Set(inputs.map(({ id }) => id));
	const lost = new Map<string, LoggedInput>();
	for (const log of logs) {
		const id = jobKeyOf(log).split(' ')[1]!;
		if (!known.has(id) && log.inputs !== null) lost.set(id, { ...toLoggedInput([log]), id });
	}
	return [...lost.values()];
}

interface Results {
	inputs: LoggedInput[];
	/** The logs of the run. */
	logs: LogResponse[];
	/** Why calls failed that may have no log, by jobKey. */
	failures: ReadonlyMap<string, unknown>;
	/** The versions' IDs. */
	left: string;
	right: string;
}

/** The results of a run, in the order of the inputs. */
export function pairsOf({ inputs, logs, failures, left, right }: Results): Pair[] {
	const found = byJob(logs);
	const toAnswer = (configId: string, { id }: LoggedInput): Answer => {
		const key = jobKey(configId, id);
		const log = found.get(key);
		const error = log && log.error === null ? undefined : (failures.get(key) ?? log?.error ?? undefined);
		return { log, error };
	};
	return [...inputs, ...lostInputs(logs, inputs)].map((input) => {
		const answers = { left: toAnswer(left, input), right: toAnswer(right, input) };
		const verdict = answers.left.log && answers.right.log ? verdictOf(answers.left.log) : undefined;
		return { input, ...answers, verdict };
	});
}

/** Whether a call has been made, with success or without. */
export const isMade = ({ log, error }: Answer) => log !== undefined || error !== undefined;
