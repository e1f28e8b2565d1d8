import type { IDataObject } from 'n8n-workflow';

import { totalCost } from '../shared/cost';

/** The header that says what a response cost, as n8n names it. It is humanloop-server's own. */
export const costHeader = 'x-cost';

/** A stream has its header's value in a comment at its end: `X-Cost: prompt_cost="0.0014", …`. */
export function costComment(comment: string): string | undefined {
	return /^x-cost:\s*(.*)$/i.exec(comment)?.[1];
}

/**
 * Reads what a response cost.
 *
 * @param value such as `prompt_cost="0.0014", output_cost="0.003", currency=USD`, or undefined from a host that does not say
 * @returns `cost` in US dollars, or null if the host does not know it; nothing if the host says nothing of costs
 */
export function costIn(value: unknown): IDataObject {
	if (typeof value !== 'string') return {};
	const part = (name: string) => {
		const digits = new RegExp(`\\b${name}="(\\d{1,12}(?:\\.\\d{1,12})?)"`).exec(value)?.[1];
		return digits === undefined ? null : Number(digits);
	};
	return { cost: totalCost(part('prompt_cost'), part('output_cost')) };
}
