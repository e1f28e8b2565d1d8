import { type Static, type TSchema, Type } from 'typebox';
import { newConfig } from '../domain/prompts/configs.ts';

const project = 'greetings';
const description = { provider: 'mock', model: 'mock-1', prompt_template: 'Greet {{name}}.' } as const;
/** IDs follow from the content: it is the one that the first example gets on every server. */
const configId = newConfig(project, description).proposedId;

/** Bodies that succeed as they are on a fresh server, one after the other, without any provider's key. */
export const examples = {
	config: { project, ...description },
	completion: { model_config_id: configId, project, inputs: { name: 'Ada' } },
	log: { project, config_id: configId, inputs: { name: 'Ada' }, output: 'Hello, Ada!' },
	/** All but this one, which wants the ID of a log. */
	feedback: { data_id: 'data_', type: 'rating', value: 'good', user: 'ada' },
};

/** The schema with an example for the page at /docs, which would otherwise fill in every field at once. */
export function withExample<T extends TSchema>(schema: T, example: object) {
	return Type.Unsafe<Static<T>>({ ...schema, examples: [example] });
}
