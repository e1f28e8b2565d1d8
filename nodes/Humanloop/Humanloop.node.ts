import { NodeConnectionTypes, type INodeType, type INodeTypeDescription } from 'n8n-workflow';

import { shownForm } from './call/form';
import { chat } from './chat';
import { completion } from './completion';
import { feedback } from './feedback';
import { log } from './log';
import { listSearch } from './methods/listSearch';
import { loadOptions } from './methods/loadOptions';
import { resourceMapping } from './methods/resourceMapping';
import { modelConfig } from './modelConfig';
import { project } from './project';
import { session } from './session';

export class Humanloop implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Humanloop',
		name: 'humanloop',
		icon: { light: 'file:humanloop.svg', dark: 'file:humanloop.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle:
			'={{ ({ getAll: "get many", getUsage: "get usage" }[$parameter["operation"]] ?? $parameter["operation"]) + ": " + ($parameter["resource"] === "modelConfig" ? "model config" : $parameter["resource"]) }}',
		description: 'Run stored prompts through the Humanloop v4 API',
		defaults: { name: 'Humanloop' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'humanloopApi', required: true }],
		requestDefaults: { headers: { Accept: 'application/json' } },
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				options: [
					{ name: 'Chat', value: 'chat' },
					{ name: 'Completion', value: 'completion' },
					{ name: 'Feedback', value: 'feedback' },
					{ name: 'Log', value: 'log' },
					{ name: 'Model Config', value: 'modelConfig' },
					{ name: 'Project', value: 'project' },
					{ name: 'Session', value: 'session' },
				],
				default: 'completion',
			},
			...chat,
			...completion,
			...shownForm,
			...feedback,
			...log,
			...modelConfig,
			...project,
			...session,
		],
	};

	methods = { listSearch, loadOptions, resourceMapping };
}
