import type { TSchema } from 'typebox';
import { ChatDeployedRequest, ChatModelConfigRequest, ChatRequest, ChatResponse } from '../contract/chat.ts';
import {
	CompletionDeployedRequest,
	CompletionModelConfigRequest,
	CompletionRequest,
	CompletionResponse,
} from '../contract/completions.ts';
import type { CallEndpoint } from '../domain/completions/endpoint.ts';
import { examples, withExample } from '../http/openapi.ts';

/** An endpoint that runs a model, and its part of the OpenAPI document. */
type Endpoint = CallEndpoint & {
	operationId: string;
	summary: string;
	description: string;
	body: TSchema;
	response: TSchema;
};

const streams = 'With `stream` set to true, the response is a series of server-sent events, each with one sample.';

/** All endpoints that run a model. They differ in how the config is found and in whether there are messages. */
export const callEndpoints: Endpoint[] = [
	{
		path: '/completion-model-config',
		kind: 'complete',
		operationId: 'completion_model_config',
		summary: 'Run a completion config',
		description: `The example runs the config that the example of \`POST /v4/model-configs\` registers. ${streams}`,
		body: withExample(CompletionModelConfigRequest, examples.completion),
		response: CompletionResponse,
	},
	{
		path: '/completion-deployed',
		kind: 'complete',
		operationId: 'completion_deployed',
		summary: 'Run the deployed completion config',
		description: `Runs what is deployed in an environment of the project. ${streams}`,
		body: withExample(CompletionDeployedRequest, examples.completionDeployed),
		response: CompletionResponse,
	},
	{
		path: '/completion',
		kind: 'complete',
		operationId: 'completion',
		summary: 'Run a completion config given in the request',
		description: `Runs the config of the request. It is stored in the project when the call ends. ${streams}`,
		body: withExample(CompletionRequest, examples.completionInline),
		response: CompletionResponse,
	},
	{
		path: '/chat-model-config',
		kind: 'chat',
		operationId: 'chat_model_config',
		summary: 'Run a chat config',
		description: `The example runs the config that the example of \`POST /v4/chat\` stores. ${streams}`,
		body: withExample(ChatModelConfigRequest, examples.chat),
		response: ChatResponse,
	},
	{
		path: '/chat-deployed',
		kind: 'chat',
		operationId: 'chat_deployed',
		summary: 'Run the deployed chat config',
		description: `Runs what is deployed in an environment of the project. ${streams}`,
		body: withExample(ChatDeployedRequest, examples.chatDeployed),
		response: ChatResponse,
	},
	{
		path: '/chat',
		kind: 'chat',
		operationId: 'chat',
		summary: 'Run a chat config given in the request',
		description: `Runs the config of the request. It is stored in the project when the call ends. ${streams}`,
		body: withExample(ChatRequest, examples.chatInline),
		response: ChatResponse,
	},
];
