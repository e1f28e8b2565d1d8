import { unprocessable } from '../apiError.ts';
import type { ModelConfig } from '../entities.ts';
import { checkConfig, type ConfigDescription, generatedName, newConfig } from '../prompts/configs.ts';
import { parsePrompt } from './parsePrompt.ts';
import { PromptFileError } from './problems.ts';
import { serializePrompt } from './serializePrompt.ts';

/** How many characters the settings of a file from a request can have. Reading YAML takes long, and calls wait for it. */
const maxSettings = 64 * 1024;

/** The .prompt file of a stored config. A name that was generated is left out: another project would get another one. */
export function exportConfig({ id, name, description, parameters }: ModelConfig): string {
	return serializePrompt({
		...(parameters as ConfigDescription),
		...(name === generatedName(parameters.model, id) ? {} : { name }),
		...(description === null ? {} : { description }),
	});
}

/** The .prompt file of a config. Only a chat can have a chat_template or tools, so its endpoint is the default then. */
export function writeConfig(config: ConfigDescription): string {
	const isChat = config.chat_template !== undefined || config.tools !== undefined;
	return serializePrompt({ ...config, endpoint: config.endpoint ?? (isChat ? 'chat' : 'complete') });
}

/**
 * The config in a .prompt file. It is not stored: its ID follows from its parameters, and is the one of no project.
 * Throws a 422 that names the line and what is wrong there.
 */
export async function readConfig(file: string): Promise<ModelConfig> {
	const { proposedId, ...config } = newConfig('', parsed(file));
	await checkConfig(config.parameters);
	const now = new Date().toISOString();
	return { id: proposedId, projectId: '', ...config, createdAt: now, updatedAt: now };
}

function parsed(file: string): ConfigDescription {
	try {
		return parsePrompt(file, maxSettings);
	} catch (error) {
		if (error instanceof PromptFileError) throw unprocessable(`config, ${error.message}. Correct the file.`);
		throw error;
	}
}
