import { defineCall } from '../call/defineCall';

/** Completion → Create: `POST /completion-model-config` or `POST /completion-deployed`. */
export const create = defineCall({
	resource: 'completion',
	action: 'Create completion from stored prompt',
	description: 'Run a model config and return one item per sample',
});
