import type { IDataObject } from 'n8n-workflow';

/** One answer of a completion call. */
export interface Sample extends IDataObject {
	index: number;
	output?: string | null;
	raw_output?: string | null;
	finish_reason?: string | null;
}

/** The API's `CompletionResponse`: the samples, and beside them what belongs to the whole call. */
export interface Completion extends IDataObject {
	data: Sample[];
}
