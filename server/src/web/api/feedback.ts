import type { FeedbackResponse, FeedbackValue } from '../../contract/feedback.ts';
import { post } from './client.ts';

export interface FeedbackEntry {
	data_id: string;
	/** rating, action, issue, correction, comment, or a type that the project has defined. */
	type: string;
	value?: FeedbackValue;
	/** Who gives it. Each person has feedback of their own. */
	user?: string;
	/** Takes it back. */
	unset?: boolean;
}

export const giveFeedback = (entry: FeedbackEntry) => post<FeedbackResponse>('/feedback', entry);
