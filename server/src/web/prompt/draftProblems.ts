import { problemOf } from '../shared/NumberField.tsx';
import type { Draft } from './draft.ts';
import { numberParameters } from './numberParameters.ts';

/**
 * Why a draft cannot be run or saved. Undefined: it can.
 *
 * @param base what it is based on. A value that the base has may be for a host that takes it.
 */
export function problemOfDraft(draft: Draft, base: Draft): string | undefined {
	if (draft.model.trim() === '') return 'Enter a model.';
	for (const [key, { label, ...limits }] of Object.entries(numberParameters)) {
		const name = key as keyof typeof numberParameters;
		const value = draft[name] ?? undefined;
		if (value === undefined || value === base[name]) continue;
		const problem = problemOf(value, limits);
		if (problem !== undefined) return `${label}: ${problem.charAt(0).toLowerCase()}${problem.slice(1)}`;
	}
	return undefined;
}
