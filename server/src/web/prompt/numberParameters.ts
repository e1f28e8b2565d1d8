import { problemOf } from '../shared/NumberField.tsx';
import type { Draft } from './draft.ts';

/** The parameters that are numbers, and what providers take. The server checks which of them are whole numbers. */
export const numberParameters = {
	temperature: { label: 'Temperature', min: 0, max: 2, step: 0.1 },
	max_tokens: { label: 'Longest answer, in tokens', min: 1, step: 1 },
	top_p: { label: 'Top p', min: 0, max: 1, step: 0.05 },
	presence_penalty: { label: 'Presence penalty', min: -2, max: 2, step: 0.1 },
	frequency_penalty: { label: 'Frequency penalty', min: -2, max: 2, step: 0.1 },
	seed: { label: 'Seed', step: 1 },
} as const;

/** Why a draft cannot be run or saved. Undefined: it can. */
export function problemOfDraft(draft: Draft): string | undefined {
	if (draft.model.trim() === '') return 'Enter a model.';
	for (const [name, { label, ...limits }] of Object.entries(numberParameters)) {
		const value = draft[name as keyof typeof numberParameters] ?? undefined;
		// -1 is what the API calls no limit.
		if (value === undefined || (name === 'max_tokens' && value === -1)) continue;
		const problem = problemOf(value, limits);
		if (problem !== undefined) return `${label}: ${problem.charAt(0).toLowerCase()}${problem.slice(1)}`;
	}
	return undefined;
}
