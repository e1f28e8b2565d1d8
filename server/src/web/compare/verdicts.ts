import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';

import type { FeedbackEntry, FeedbackResponse } from '../../contract/feedback.ts';
import type { LogResponse } from '../../contract/logs.ts';
import { giveFeedback } from '../api/feedback.ts';
import { sessionQuery } from '../api/session.ts';
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

/** Of several people, the one who was last. */
const newestOf = ({ feedback }: LogResponse): FeedbackResponse | undefined =>
	feedback.filter(({ type }) => type === feedbackType).toSorted((a, b) => b.created_at.localeCompare(a.created_at))[0];

/** The verdict that is stored with the left log. Undefined: none. */
export function verdictOf(log: LogResponse): Verdict | undefined {
	const newest = newestOf(log);
	return (['left', 'right', 'same'] as const).find((verdict) => valuesOf[verdict].left === newest?.value);
}

interface Change {
	left: LogResponse;
	right: LogResponse;
	/** Undefined removes the verdict. */
	verdict: Verdict | undefined;
}

/** What is stored in the name of `user`. Who takes a verdict back takes back the newest one, of another person too. */
function entriesOf({ left, right, verdict }: Change, user: string | undefined): FeedbackEntry[] {
	return ([left, right] as const).map((log, index) => {
		const giver = verdict === undefined ? newestOf(log)?.user : user;
		const entry = { type: feedbackType, data_id: log.id, ...(giver ? { user: giver } : {}) };
		if (verdict === undefined) return { ...entry, unset: true };
		return { ...entry, value: valuesOf[verdict][index === 0 ? 'left' : 'right'] };
	});
}

function withFeedback(log: LogResponse, { type, value, unset, user: giver }: FeedbackEntry): LogResponse {
	const user = giver ?? null;
	const others = log.feedback.filter((one) => one.type !== type || one.user !== user);
	if (unset === true || value === undefined) return { ...log, feedback: others };
	const given: FeedbackResponse = {
		...{ id: '', data_id: log.id, type, value, user, created_at: new Date().toISOString() },
	};
	return { ...log, feedback: [...others, given] };
}

/** Stores verdicts as feedback on the logs. They are shown at once, and taken back if the server refuses them. */
export function useVerdicts(projectId: string, run: string) {
	const queryClient = useQueryClient();
	const { queryKey } = runLogsQuery(projectId, run);
	const user = useQuery(sessionQuery).data?.name;
	/** By left log: the second verdict on a pair of answers must not overtake the first. */
	const sent = useRef(new Map<string, Promise<unknown>>());
	return useMutation({
		mutationFn: (change: Change) => {
			const entries = entriesOf(change, user);
			const before = sent.current.get(change.left.id) ?? Promise.resolve();
			const storing = before.catch(() => undefined).then(() => giveFeedback(entries));
			sent.current.set(change.left.id, storing);
			return storing;
		},
		onMutate: (change) => {
			const entries = new Map(entriesOf(change, user).map((entry) => [entry.data_id, entry]));
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
