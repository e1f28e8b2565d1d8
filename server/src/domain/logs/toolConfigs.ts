import { createHash } from 'node:crypto';
import type { ToolParameters } from '../../contract/toolConfigs.ts';
import { canonicalJson, contentId } from '../ids.ts';
import type { NewToolConfig } from '../store.ts';

/** The tool config to store in a project. Equal tools of a project are one config. */
export function newToolConfig(projectName: string, tool: ToolParameters): NewToolConfig {
	const parameters = Object.fromEntries(Object.entries(tool).filter(([, value]) => value !== null)) as ToolParameters;
	const canonical = canonicalJson(parameters);
	return {
		proposedId: contentId('config', `${projectName}\n${canonical}`),
		hash: createHash('sha256').update(canonical).digest('hex'),
		name: parameters.name,
		description: parameters.description ?? null,
		parameters,
	};
}
