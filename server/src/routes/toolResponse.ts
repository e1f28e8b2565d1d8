import { canonicalJson, contentId } from '../domain/ids.ts';

type Tool = Record<string, unknown>;

/**
 * The tools of a config with the ID and the name that the contract requires in responses. A tool that is defined in the
 * config itself gets an ID that follows from what it is: it has none of its own, and nothing can be looked up by it.
 */
export function toToolResponses(tools: Tool[] | undefined): Tool[] | null {
	if (tools === undefined) return null;
	return tools.map((tool) => {
		const id = tool['id'] ?? contentId('config', canonicalJson(tool));
		return { ...tool, id, name: tool['name'] ?? id };
	});
}
