import type { UsageResponse } from '../../contract/usage.ts';
import { formatCompact, formatCost } from '../shared/figures.tsx';

/** What is plotted. */
export interface Measure {
	label: string;
	valueOf: (record: UsageResponse) => number;
	format: (value: number) => string;
	/** Whether it is counted, so that an axis has no parts of one. */
	isCount: boolean;
}

export const measures = {
	cost: { label: 'Cost', valueOf: ({ cost }) => cost ?? 0, format: formatCost, isCount: false },
	calls: { label: 'Calls', valueOf: ({ calls }) => calls, format: formatCompact, isCount: true },
	tokens: {
		label: 'Tokens',
		valueOf: ({ prompt_tokens: prompt, output_tokens: output }) => prompt + output,
		format: formatCompact,
		isCount: true,
	},
	failed: {
		label: 'Failed calls',
		valueOf: ({ failed_calls: failed }) => failed,
		format: formatCompact,
		isCount: true,
	},
} satisfies Record<string, Measure>;

export type MeasureName = keyof typeof measures;

export const measureOf = (text: string | null): MeasureName =>
	text !== null && text in measures ? (text as MeasureName) : 'cost';
