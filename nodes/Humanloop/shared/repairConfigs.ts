/** The name of each config that the node stores to repair the JSON of a completion. */
export const repairName = 'JSON repair by n8n';

/** What the description of such a config begins with; the ID of the config that it repairs for follows. */
export const repairDescription = "Stored by n8n's Humanloop node to repair the JSON of";

/**
 * Whether the node has stored a config for repairs. It is no version of the prompt: nobody must deploy it because it is
 * the newest.
 *
 * @param config the API's `ModelConfigResponse`
 */
export function isRepairConfig(config: object): boolean {
	const { name, description } = config as { name?: unknown; description?: unknown };
	return name === repairName && typeof description === 'string' && description.startsWith(repairDescription);
}
