import { canHaveValues } from '../../contract/feedbackTypes.ts';
import { found, unprocessable } from '../apiError.ts';
import type { FeedbackType } from '../entities.ts';
import type { Store } from '../store.ts';

/** The types that every project has. Any value is accepted. */
const defaultTypes = ['rating', 'action', 'issue', 'correction', 'comment'] as const;

/** A type of feedback, and its values if it has some to choose from. */
export type KnownType = Pick<FeedbackType, 'type'> & Partial<Pick<FeedbackType, 'values'>>;

export function toKnownType({ type, class: feedbackClass, values }: FeedbackType): KnownType {
	return canHaveValues(feedbackClass) ? { type, values } : { type };
}

/** The default types and those that the project has defined, in the order of their names. */
export function knownTypes(defined: FeedbackType[]): KnownType[] {
	const byType = new Map<string, KnownType>(defaultTypes.map((type) => [type, { type }]));
	for (const type of defined) byType.set(type.type, toKnownType(type));
	return [...byType.values()];
}

/** Defines a type for a project, in place of an earlier one. Throws 404 for an unknown project, and 422 for values of a text and for repeated ones. */
export async function defineFeedbackType(store: Store, type: FeedbackType): Promise<void> {
	const { projectId, class: feedbackClass, values } = type;
	if (values.length > 0 && !canHaveValues(feedbackClass)) {
		throw unprocessable(
			`values: feedback of the class "${feedbackClass}" has no values to choose from. Leave them out, or use the class ` +
				'"select" or "multi_select".',
		);
	}
	const repeated = values.find(({ value }, index) => values.findIndex((other) => other.value === value) < index);
	if (repeated !== undefined) {
		throw unprocessable(`values: ${JSON.stringify(repeated.value)} is there more than once. Give each value once.`);
	}
	await store.write(async (writes) => {
		found('project', projectId, await writes.lockProject(projectId));
		await writes.setFeedbackType(type);
	});
}
