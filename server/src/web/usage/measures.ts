import type { UsageResponse } from '../../contract/usage.ts';
import { formatCompact, formatCost } from '../shared/figures.tsx';

/** What is plotted. */
export interface Measure {
	label: string;
	valueOf: (record: UsageResponse) => number;
	format: (value: number) => string;
}

export const measures = {
	cost: { label: 'Cost', valueOf: ({ cost }) => cost ?? 0, format: formatCost },
	calls: { label: 'Calls', valueOf: ({ calls }) => calls, format: formatCompact },
	tokens: {
		label: 'Tokens',
		valueOf: ({ prompt_tokens: prompt, output_tokens: output }) => prompt + output,
		format: formatCompact,
	},
	failed: { label: 'Failed calls', valueOf: ({ failed_calls: failed }) => failed, format: formatCompact },
} satisfies Record<string, Measure>;

export type MeasureName = keyof typeof measures;

export const measureOf = (text: string | null): MeasureName =>
	text !== null && text in measures ? (text as MeasureName) : 'cost';
