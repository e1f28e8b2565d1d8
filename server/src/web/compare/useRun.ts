import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';

import type { LogResponse } from '../../contract/logs.ts';
import { ApiError } from '../api/client.ts';
import { jobKey, runJob, runLogsQuery, type Job } from './runLogs.ts';

/** How many calls run at once. */
const concurrency = 4;

export interface Progress {
	state: 'running' | 'stopping' | 'ended';
	done: number;
	total: number;
}

/** Errors that the next call would get too: a budget, a limit, a key that may not, a server that is not there. */
const endingStatuses = new Set([401, 402, 403, 429, 503]);
const endsRun = (error: unknown) => !(error instanceof ApiError) || endingStatuses.has(error.status);

/** Carries out the calls of a run. */
export function useRun(projectId: string) {
	const queryClient = useQueryClient();
	const [progress, setProgress] = useState<Progress>();
	/** What ended the run early. */
	const [error, setError] = useState<unknown>();
	/** Why single calls failed, by jobKey. */
	const [failures, setFailures] = useState<ReadonlyMap<string, unknown>>(new Map());
	const isStopped = useRef(false);

	// Calls that were sent are finished, and their logs are there when somebody comes back.
	useEffect(() => () => void (isStopped.current = true), []);

	const carryOut = async (run: string, job: Job) => {
		try {
			const log = await runJob(projectId, run, job);
			queryClient.setQueryData<LogResponse[]>(runLogsQuery(projectId, run).queryKey, (logs = []) => [log, ...logs]);
		} catch (caught) {
			if (endsRun(caught)) throw caught;
			setFailures((before) => new Map(before).set(jobKey(job.version.id, job.input.id), caught));
		}
		setProgress((before) => before && { ...before, done: before.done + 1 });
	};

	const start = async (run: string, jobs: Job[]) => {
		if (progress && progress.state !== 'ended') return;
		isStopped.current = false;
		setError(undefined);
		setFailures(new Map());
		setProgress({ state: 'running', done: 0, total: jobs.length });
		const { queryKey } = runLogsQuery(projectId, run);
		// A list that is still being read would replace the results that arrive.
		await queryClient.cancelQueries({ queryKey });
		const waiting = jobs.values();
		const work = async () => {
			for (const job of waiting) {
				if (isStopped.current) return;
				await carryOut(run, job).catch((caught: unknown) => {
					isStopped.current = true;
					setError((before: unknown) => before ?? caught);
				});
			}
		};
		await Promise.all(Array.from({ length: concurrency }, work));
		setProgress((before) => before && { ...before, state: 'ended' });
		// Calls that failed have logs too.
		await queryClient.invalidateQueries({ queryKey });
	};

	const stop = () => {
		isStopped.current = true;
		setProgress((before) => before && { ...before, state: 'stopping' });
	};

	return { progress, error, failures, start, stop };
}
