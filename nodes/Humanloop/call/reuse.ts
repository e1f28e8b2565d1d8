import type { INodeProperties } from 'n8n-workflow';

import type { ItemContext } from '../execution/itemContext';
import { fieldError } from '../values/fieldError';
import { isEmpty, wholeNumber } from '../values/readers';

/** The request's header: how old the answer to the same call may be, in seconds. Other hosts than ours ignore it. */
export const reuseHeader = 'X-Reuse-Max-Age';

/** In the response: the log whose answer was used again. */
export const reusedLogHeader = 'x-reused-log-id';

/** So many hours are a century. */
const longestHours = 876_000;

export const reuseFields: INodeProperties[] = [
	{
		displayName: 'Reuse Answers',
		name: 'reuseAnswers',
		type: 'options',
		options: [
			{
				name: 'Always',
				value: 'always',
				description: 'In every execution',
			},
			{
				name: 'In Manual Runs',
				value: 'manual',
				description: 'When you run the workflow or the node in the editor',
			},
			{
				name: 'Never',
				value: 'never',
				description: 'Every call is paid for',
			},
		],
		default: 'manual',
		description:
			'When to reuse the earlier answer to an identical call: the same version, prompt and settings, with the same API key. A reused answer costs nothing and has a log of its own. Needs humanloop-server.',
	},
	{
		displayName: 'Reuse Answers For (Hours)',
		name: 'reuseHours',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 24,
		description: "How old an answer may be to be used again (default 24). Needs 'Reuse Answers'.",
	},
];

/**
 * What 'Reuse Answers' says for this item.
 *
 * @returns `isOn`: whether it is set at all. `maxAge`: how old an answer may be, in seconds, or undefined if this execution
 *   must pay. Manual means that somebody ran the workflow in the editor: a sub-workflow and an evaluation have modes of
 *   their own (n8n 2.41.1, workflow-execute-additional-data.js and test-runner.service.ee.js)
 * @throws NodeOperationError that names the field and the item
 */
export function reuseOf({ context, options }: ItemContext): { isOn: boolean; maxAge?: number } {
	const when = isEmpty(options.reuseAnswers) ? 'never' : options.reuseAnswers;
	if (!['always', 'manual', 'never'].includes(when as string)) {
		throw fieldError(
			context,
			'Reuse Answers',
			`is none of its options: ${JSON.stringify(when)}`,
			'Choose one from the list, or let the expression return "always", "manual" or "never".',
		);
	}
	const hours = isEmpty(options.reuseHours) ? 24 : options.reuseHours;
	const maxAge = 3600 * wholeNumber(context, 'Reuse Answers For (Hours)', hours, 1, longestHours);
	const applies = when === 'always' || (when === 'manual' && context.getMode() === 'manual');
	return { isOn: when !== 'never', ...(applies && { maxAge }) };
}
