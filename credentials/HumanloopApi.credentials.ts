import {
	UserError,
	type ICredentialDataDecryptedObject,
	type ICredentialTestRequest,
	type ICredentialType,
	type IDataObject,
	type IHttpRequestOptions,
	type INodeProperties,
} from 'n8n-workflow';

import { callOriginHeader } from '../nodes/Humanloop/transport/callOrigin';
import { runsModel } from '../nodes/Humanloop/transport/paths';
import { azureEndpoint, providerKeys } from '../nodes/Humanloop/transport/providerKeys';
import { rememberKeys } from '../nodes/Humanloop/transport/redact';

export class HumanloopApi implements ICredentialType {
	name = 'humanloopApi';

	displayName = 'Humanloop API';

	icon = {
		light: 'file:../nodes/Humanloop/humanloop.svg',
		dark: 'file:../nodes/Humanloop/humanloop.dark.svg',
	} as const;

	documentationUrl = 'https://www.npmjs.com/package/n8n-nodes-humanloop#credentials';

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			description: 'Key that humanloop-server prints when it first starts, or that you set in HUMANLOOP_API_KEY',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			required: true,
			default: 'http://127.0.0.1:8400/v4',
			placeholder: 'e.g. https://humanloop.example.com/v4',
			description: 'Address of the v4 API, including the path. The default is humanloop-server on this machine.',
			hint: 'n8n in a container? Use http://host.docker.internal:8400/v4 or http://humanloop:8400/v4.',
		},
		{
			displayName: 'Send Call Origin',
			name: 'sendCallOrigin',
			type: 'boolean',
			default: true,
			description:
				"Whether calls that run a model say where they come from: the execution's address, the workflow's ID and the node's name. Logs of humanloop-server then show it.",
		},
		// One field for each provider that humanloop-server can run, see providerKeys.ts.
		{
			displayName:
				'<b>Model providers (optional).</b> Without a key here, the server uses its own. A key is only sent with calls that run a model, and stored nowhere else.',
			name: 'providerKeysNotice',
			type: 'notice',
			default: '',
		},
		{
			displayName: 'OpenAI API Key',
			name: 'openaiApiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
		},
		{
			displayName: 'Anthropic API Key',
			name: 'anthropicApiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
		},
		{
			displayName: 'Azure OpenAI API Key',
			name: 'azureOpenAiApiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
		},
		{
			displayName: 'Azure OpenAI Endpoint',
			name: 'azureOpenAiEndpoint',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://my-resource.openai.azure.com',
			description: 'Where your Azure OpenAI resource is. It goes with the key.',
		},
		{
			displayName: 'Bedrock API Key',
			name: 'bedrockApiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'A key of Amazon Bedrock itself, not an access key of AWS. The server must know the region.',
		},
		{
			displayName: 'Cohere API Key',
			name: 'cohereApiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
		},
		{
			displayName: 'DeepSeek API Key',
			name: 'deepSeekApiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
		},
		{
			displayName: 'Google API Key',
			name: 'googleApiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'A key for the Gemini API, from Google AI Studio',
		},
		{
			displayName: 'Groq API Key',
			name: 'groqApiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
		},
		{
			displayName: 'Mistral API Key',
			name: 'mistralApiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
		},
	];

	/**
	 * Adds what only the credentials know: the host, the `X-API-KEY` header and, on calls that run a model,
	 * `provider_api_keys`. Removes `X-Call-Origin` if this host is not to get it.
	 *
	 * @returns a new request. The given one stays as it is, because n8n and the node keep it: a key in its body would
	 *   reach the execution's data.
	 * @throws UserError if the base URL is empty or no web address, before anything is sent
	 */
	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		requestOptions: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> {
		// A credential that was created over n8n's API may contain anything.
		const values = Object.fromEntries(
			Object.entries(credentials).map(([field, value]) => [field, String((value ?? '') as string).trim()]),
		);
		const baseURL = (values.baseUrl ?? '').replace(/\/+$/, '');
		if (!baseURL) {
			throw new UserError(
				"The 'Base URL' of the Humanloop API credentials is empty. Fill it in, e.g. http://127.0.0.1:8400/v4",
			);
		}
		if (!URL.canParse(baseURL) || !/^https?:$/.test(new URL(baseURL).protocol)) {
			throw new UserError(
				`The 'Base URL' of the Humanloop API credentials is not a web address: ${baseURL}. Enter one that starts with http:// or https://, e.g. http://127.0.0.1:8400/v4`,
			);
		}
		const request: IHttpRequestOptions = {
			...requestOptions,
			baseURL,
			headers: { ...requestOptions.headers, 'X-API-KEY': values.apiKey ?? '' },
		};
		if (values.sendCallOrigin === 'false') delete request.headers![callOriginHeader];
		rememberKeys(requestOptions, credentials);
		if (!runsModel(requestOptions.url)) return request;

		const provider_api_keys: IDataObject = {};
		for (const { field, key } of [...providerKeys, azureEndpoint]) {
			if (values[field]) provider_api_keys[key] = values[field];
		}
		if (Object.keys(provider_api_keys).length > 0) {
			request.body = { ...(requestOptions.body as IDataObject), provider_api_keys };
		}
		return request;
	}

	test = {
		// n8n follows redirects by default, and takes the key along.
		request: { url: '/projects', qs: { page: 0, size: 1 }, disableFollowRedirect: true },
		rules: [
			{ type: 'responseCode', properties: { value: 401, message: "The server does not know this 'API Key'" } },
			{
				type: 'responseCode',
				properties: { value: 404, message: "There is no v4 API at the 'Base URL', which must end with /v4" },
			},
			...[301, 302, 303, 307, 308].map((value) => ({
				type: 'responseCode' as const,
				properties: {
					value,
					message:
						"The 'Base URL' redirects to another address. Enter that address, because redirects are not followed.",
				},
			})),
			{
				type: 'responseSuccessBody',
				properties: {
					// n8n compares with ===, so this matches a response without the key: another API, or a web page.
					key: 'records',
					value: undefined,
					message: "The address in 'Base URL' is not a v4 API. It must end with /v4.",
				},
			},
		],
		// n8n takes both kinds in one list (n8n 2.41.1, credentials-tester.service); its type allows one kind only.
	} as ICredentialTestRequest;
}
