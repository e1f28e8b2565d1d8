import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';

import type { FeedbackEntry, FeedbackResponse } from '../../contract/feedback.ts';
import type { LogResponse } from '../../contract/logs.ts';
import { giveFeedback } from '../api/feedback.ts';
import { errorText } from '../shared/states.tsx';
import { runLogsQuery } from './runLogs.ts';

/** Which of two answers is better. */
export type Verdict = 'left' | 'right' | 'same';

/** The type of the feedback that says it, on each of both logs: better, worse or same. */
export const feedbackType = 'comparison';

const valuesOf = {
	left: { left: 'better', right: 'worse' },
	right: { left: 'worse', right: 'better' },
	same: { left: 'same', right: 'same' },
} as const;

/** The verdict that is stored with the left log. Undefined: none. */
export function verdictOf({ feedback }: LogResponse): Verdict | undefined {
	const newest = feedback
		.filter(({ type }) => type === feedbackType)
		.toSorted((a, b) => b.created_at.localeCompare(a.created_at))[0];
	return (['left', 'right', 'same'] as const).find((verdict) => valuesOf[verdict].left === newest?.value);
}

interface Change {
	left: LogResponse;
	right: LogResponse;
	/** Undefined removes the verdict. */
	verdict: Verdict | undefined;
}

function entriesOf({ left, right, verdict }: Change): FeedbackEntry[] {
	return ([left, right] as const).map(({ id, feedback }, index) => {
		const entry = { type: feedbackType, data_id: id };
		if (verdict !== undefined) return { ...entry, value: valuesOf[verdict][index === 0 ? 'left' : 'right'] };
		const user = feedback.find(({ type }) => type === feedbackType)?.user;
		return { ...entry, unset: true, ...(user ? { user } : {}) };
	});
}

function withFeedback(log: LogResponse, { type, value, unset }: FeedbackEntry): LogResponse {
	const others = log.feedback.filter((one) => one.type !== type);
	if (unset === true || value === undefined) return { ...log, feedback: others };
	const given: FeedbackResponse = {
		...{ id: '', data_id: log.id, type, value, user: null, created_at: new Date().toISOString() },
	};
	return { ...log, feedback: [...others, given] };
}

/** Stores verdicts as feedback on the logs. They are shown at once, and taken back if the server refuses them. */
export function useVerdicts(projectId: string, run: string) {
	const queryClient = useQueryClient();
	const { queryKey } = runLogsQuery(projectId, run);
	/** By left log: the second verdict on a pair of answers must not overtake the first. */
	const sent = useRef(new Map<string, Promise<unknown>>());
	return useMutation({
		mutationFn: (change: Change) => {
			const before = sent.current.get(change.left.id) ?? Promise.resolve();
			const storing = before.catch(() => undefined).then(() => giveFeedback(entriesOf(change)));
			sent.current.set(change.left.id, storing);
			return storing;
		},
		onMutate: (change) => {
			const entries = new Map(entriesOf(change).map((entry) => [entry.data_id, entry]));
			queryClient.setQueryData<LogResponse[]>(queryKey, (logs = []) =>
				logs.map((log) => {
					const entry = entries.get(log.id);
					return entry ? withFeedback(log, entry) : log;
				}),
			);
		},
		onError: async (error) => {
			notifications.show({ color: 'red', title: 'The rating was not stored', message: errorText(error) });
			await queryClient.invalidateQueries({ queryKey });
		},
	}).mutate;
}
