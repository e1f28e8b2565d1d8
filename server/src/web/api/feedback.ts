import type { FeedbackEntry, FeedbackResponse } from '../../contract/feedback.ts';
import { post } from './client.ts';

/** Stores all of the feedback or none. `unset: true` deletes some instead. */
export const giveFeedback = (entries: FeedbackEntry[]) => post<FeedbackResponse[]>('/feedback', entries);
