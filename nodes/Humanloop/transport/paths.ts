/**
 * The endpoints that run a model. Only they accept `provider_api_keys`; every other endpoint rejects unknown keys.
 * The operations send to these paths, and the credentials add the provider keys to them.
 */
export const modelRunPaths = {
	completionModelConfig: '/completion-model-config',
} as const;

/** @param url path of a request, relative to the base URL */
export function runsModel(url: string): boolean {
	return (Object.values(modelRunPaths) as string[]).includes(url);
}
