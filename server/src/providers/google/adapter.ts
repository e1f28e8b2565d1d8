import { createGoogle } from '@ai-sdk/google';
import { unprocessable } from '../../domain/apiError.ts';
import { aiSdkAdapter } from '../aiSdk/adapter.ts';
import { hostOf, type HostSettings, keyOf, withQuery, withVersion } from '../aiSdk/host.ts';
import { promptOf } from '../aiSdk/prompt.ts';
import { secretsOf } from '../secrets.ts';
import type { Adapter } from '../shell.ts';
import { ContentAccumulator } from './response.ts';

const origin = 'Google';

/** Google wants to know the type of an image at an address: it is told by the address's ending. */
const imageTypes: Record<string, string> = {
	bmp: 'image/bmp',
	jpeg: 'image/jpeg',
	jpg: 'image/jpeg',
	png: 'image/png',
	webp: 'image/webp',
};

/** A model's name is a part of the request's address. Throws 422 for one that would lead elsewhere. */
function checkModel(model: string): void {
	if (/^[\w.:@-]+(\/[\w.:@-]+)*$/.test(model) && !model.split('/').some((part) => /^\.+$/.test(part))) return;
	throw unprocessable(
		`The model ${JSON.stringify(model)} is not the name of a Google model: use letters, digits, ".", "-", "_" and "/".`,
	);
}

/** Gemini over Google's own API (not Vertex AI). */
export function googleAdapter(settings: HostSettings): Adapter {
	return aiSdkAdapter({
		origin,
		inSentence: hostOf(origin, 'GOOGLE_BASE_URL', settings.baseUrl),
		secrets: secretsOf([settings.apiKey], settings.baseUrl),
		hasJsonObject: true,
		hasLogprobs: true,
		reasoningBudget: (thinkingBudget) => ({ google: { thinkingConfig: { thinkingBudget } } }),
		reserved: ({ tools, toolChoice }) => [
			...['model', 'contents', 'systemInstruction', 'system_instruction'],
			...(tools.length > 0 ? ['tools'] : []),
			...(toolChoice === undefined ? [] : ['toolConfig', 'tool_config']),
		],
		connect(sampling) {
			const { model } = sampling.parameters;
			checkModel(model);
			const apiKey = keyOf('google', 'GOOGLE_API_KEY', origin, settings, sampling);
			const address = settings.baseUrl ?? 'https://generativelanguage.googleapis.com';
			const baseURL = withVersion(address, 'v1beta');
			return (fetch) => createGoogle({ apiKey, baseURL, fetch: withQuery(fetch, address) })(model);
		},
		async options({ prompt, parameters: { temperature, top_p: topP } }, connect) {
			const supported = await connect(fetch).supportedUrls;
			const imageTypeAt = (url: URL) => {
				const type = imageTypes[/\.(\w+)$/.exec(url.pathname)?.[1]?.toLowerCase() ?? ''];
				return type !== undefined && supported[type]?.some((form) => form.test(url.href)) === true ? type : undefined;
			};
			return { temperature, topP, prompt: promptOf(prompt, { origin, imageTypeAt }) };
		},
		extraBody: ({ logprobs }) =>
			logprobs === undefined ? {} : { generationConfig: { responseLogprobs: true, logprobs } },
		nothing: { candidates: [] },
		accumulator: () => new ContentAccumulator(),
	});
}
