import type { LogResponse } from '../../contract/logs.ts';

/** What a response cost, in US dollars. null: not known. */
export interface ResponseCost {
	prompt: number | null;
	output: number | null;
	/** 0 for a replay. */
	charged: number | null;
}

const amountOf = (text: string, name: string): number | null => {
	const amount = new RegExp(`(?:^|[ ,])${name}="([\\d.]+)"`).exec(text)?.[1];
	return amount === undefined ? null : Number(amount);
};

/** Reads the header X-Cost, or the comment of that name at the end of a stream. Undefined for another comment. */
export function costOf(comment: string): ResponseCost | undefined {
	const value = /^\s*X-Cost: (.*)$/.exec(comment)?.[1];
	if (value === undefined) return undefined;
	const [prompt, output, charged] = ['prompt_cost', 'output_cost', 'charged'].map((name) => amountOf(value, name));
	return { prompt: prompt!, output: output!, charged: charged! };
}

/** What the call of a log cost, in US dollars. null: not known. */
export function totalCost({
	prompt_cost: prompt,
	output_cost: output,
}: Pick<LogResponse, 'prompt_cost' | 'output_cost'>) {
	return prompt === null && output === null ? null : (prompt ?? 0) + (output ?? 0);
}
