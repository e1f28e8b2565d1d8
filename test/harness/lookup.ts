import type { INodeParameters } from 'n8n-workflow';

import { askEditor, type Editor } from './askEditor.ts';
import type { Harness } from './harness.ts';
import { useHarness } from './useHarness.ts';

/** `ProjectConfigResponse`, as far as the tests read it. */
interface StoredConfig {
	project_id: string;
	created_at: string;
	config: { id: string; name: string };
}

/** What the tests of the editor's lists and fields share: see useHarness. */
interface Lookup {
	harness: Harness;
	/** Stores a config of the mock model. */
	createConfig: (project: string, prompt_template: string, more?: object) => Promise<StoredConfig>;
	/** The node in an editor, with its fields filled in as far as they are. */
	editor: (parameters?: INodeParameters, apiKey?: string) => Editor;
}

export function useLookup(): Lookup {
	const harness = useHarness();
	return {
		harness,
		createConfig: async (project, prompt_template, more = {}) => {
			const { data } = await harness.api.post<StoredConfig>('/model-configs', {
				project,
				provider: 'mock',
				model: 'mock-1',
				prompt_template,
				...more,
			});
			return data;
		},
		editor: (parameters = {}, apiKey = harness.server.apiKey) =>
			askEditor(harness.loaded, { parameters, credentials: { apiKey, baseUrl: harness.proxy.baseUrl } }),
	};
}

/** The value of a resource locator. */
export const locator = (mode: string, value: string) => ({ __rl: true, mode, value });
