import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import type { FeedbackEntry } from '../../contract/feedback.ts';
import { giveFeedback } from '../api/feedback.ts';
import type { LogRows } from '../api/logRows.ts';
import { logDetailsQuery } from '../api/logs.ts';
import { sessionQuery } from '../api/session.ts';

/** Gives feedback on a log in the name of the API key that is signed in, and takes it back. */
export function useFeedback(logId: string) {
	const queryClient = useQueryClient();
	const user = useQuery(sessionQuery).data?.name;
	const mutation = useMutation({
		/** `user` is for feedback that another person gave: null if nobody is named. */
		mutationFn: ({
			user: giver = user,
			...entry
		}: Omit<FeedbackEntry, 'data_id' | 'user'> & { user?: string | null }) =>
			giveFeedback([{ ...entry, data_id: logId, ...(giver ? { user: giver } : {}) }]),
		onSuccess: async () => {
			await queryClient.invalidateQueries({ queryKey: ['log', logId] });
			const feedback = queryClient.getQueryData(logDetailsQuery(logId).queryKey)?.log.feedback;
			if (!feedback) return;
			// The lists that were read show it too.
			queryClient.setQueriesData<LogRows | string | null>({ queryKey: ['logRows'] }, (data) =>
				typeof data === 'object' && data !== null
					? { ...data, rows: data.rows.map((row) => (row.id === logId ? { ...row, feedback } : row)) }
					: data,
			);
		},
	});
	return { ...mutation, user };
}
