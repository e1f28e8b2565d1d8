import { Type, type Static } from 'typebox';
import { callFields, callRules, environmentField, responseFields, sampleFields } from './calls.ts';
import { Body, Int, Name, Opt } from './fields.ts';
import { ModelConfigCompletionRequest } from './modelConfigs.ts';

const completionFields = {
	...callFields,
	logprobs: Opt(Int({ minimum: 0, maximum: 20, description: 'Top-n log probabilities in the provider response.' })),
	suffix: Opt(Type.String({ description: 'Text after the completion. For completion models only.' })),
};

export const CompletionModelConfigRequest = Body(
	{ model_config_id: Name({ description: 'Which model config to run.' }), ...completionFields },
	{ title: 'CompletionModelConfigRequest', description: 'Runs a stored completion config.', ...callRules.byId },
);

export const CompletionDeployedRequest = Body(
	{ ...completionFields, ...environmentField },
	{
		title: 'CompletionDeployedRequest',
		description: 'Runs the completion config that is deployed in an environment of a project.',
		...callRules.inProject,
	},
);

export const CompletionRequest = Body(
	{ model_config: ModelConfigCompletionRequest, ...completionFields },
	{
		title: 'CompletionRequest',
		description: 'Runs the completion config of the request, and stores it in the project.',
		...callRules.inProject,
	},
);

const DataResponse = Type.Object(sampleFields, { title: 'DataResponse' });

export const CompletionResponse = Type.Object(responseFields(DataResponse), { title: 'CompletionResponse' });
export type CompletionResponse = Static<typeof CompletionResponse>;
