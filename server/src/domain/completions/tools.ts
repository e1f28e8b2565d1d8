import type { CallRequest } from '../../contract/calls.ts';
import type { ToolChoice } from '../../contract/messages.ts';
import { unprocessable } from '../apiError.ts';
import type { ModelConfig } from '../entities.ts';
import type { FunctionTool } from '../provider.ts';
import { refuse } from './endpoint.ts';

type Config = Pick<ModelConfig, 'id' | 'parameters'>;

/** The tools of a config, as functions. They run nowhere on this server. Throws 422 for one without a name. */
export function toolsOf(config: Config): FunctionTool[] {
	return (config.parameters.tools ?? []).map((tool, index) => {
		const { name, description, strict, parameters, id } = tool;
		if (typeof name !== 'string' || name === '') {
			const linked = typeof id === 'string' ? `, linked by its ID ${JSON.stringify(id)}` : '';
			throw refuse(
				config,
				`a tool without a name (number ${index + 1}${linked}). This server does not store tools by themselves: ` +
					'register a config whose tools have a name, a description and parameters.',
			);
		}
		return {
			type: 'function',
			function: {
				name,
				...(typeof description === 'string' ? { description } : {}),
				...(typeof strict === 'boolean' ? { strict } : {}),
				...(typeof parameters === 'object' && parameters !== null
					? { parameters: parameters as Record<string, unknown> }
					: {}),
			},
		};
	});
}

/**
 * Which tools the request lets the model call. The deprecated `tool_call` means the same as `tool_choice`. Further keys are
 * left out: the choice is stored with each sample, also with save false.
 */
export function toolChoiceOf({ tool_choice: choice, tool_call: deprecated }: CallRequest): ToolChoice | undefined {
	if (typeof choice === 'string') return choice;
	const named = choice?.function ?? deprecated;
	if (named === undefined) return undefined;
	return typeof named === 'string' ? (named as ToolChoice) : { type: 'function', function: { name: named.name } };
}

/** Throws 422 if a choice cannot be met with the tools of the config. */
export function checkToolChoice(choice: ToolChoice | undefined, tools: FunctionTool[], { id }: Config): void {
	if (choice === undefined || choice === 'none') return;
	if (tools.length === 0) {
		throw unprocessable(
			`The model config ${id} has no tools, so tool_choice can only be "none". Leave it out, or run a config with tools.`,
		);
	}
	if (typeof choice === 'string') return;
	const { name } = choice.function;
	const names = tools.map((tool) => tool.function.name);
	if (names.includes(name)) return;
	throw unprocessable(
		`The model config ${id} has no tool named ${JSON.stringify(name)}, which tool_choice asks for. ` +
			`It has: ${names.join(', ')}.`,
	);
}
