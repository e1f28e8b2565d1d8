import { useCallback } from 'react';
import { useSearchParams } from 'wouter';

/** What changes in the address. An empty text or undefined removes the parameter. */
export type UrlChange = Record<string, string | readonly string[] | undefined>;

/**
 * The state of a list in the address: filters, search, page, sort, tab.
 *
 * @returns the parameters, and a function that changes some of them. `replace` adds no step for the back button: use it
 * while somebody types.
 */
export function useUrlState(): [URLSearchParams, (change: UrlChange, options?: { replace?: boolean }) => void] {
	const [parameters, setParameters] = useSearchParams();
	const change = useCallback(
		(values: UrlChange, options: { replace?: boolean } = {}) =>
			setParameters((before) => {
				const after = new URLSearchParams(before);
				for (const [name, value] of Object.entries(values)) {
					after.delete(name);
					if (value === undefined) continue;
					for (const one of typeof value === 'string' ? [value] : value) if (one !== '') after.append(name, one);
				}
				return after;
			}, options),
		[setParameters],
	);
	return [parameters, change];
}
