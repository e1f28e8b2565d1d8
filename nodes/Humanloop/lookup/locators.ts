import type { INodeProperties } from 'n8n-workflow';

/** 'Project', for the operations that need one. */
export const projectLocator: INodeProperties = {
	displayName: 'Project',
	name: 'project',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Choose a project',
			typeOptions: { searchListMethod: 'searchProjects', searchable: true },
		},
		{
			// The editor cuts 'By Name' off.
			displayName: 'Name',
			name: 'name',
			type: 'string',
			placeholder: 'e.g. support/triage',
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. pr_3usCu3dAkgrXTl7fufrvN',
		},
	],
};

/** 'Model Config', whose list follows the chosen project. */
export const modelConfigLocator: INodeProperties = {
	displayName: 'Model Config',
	name: 'modelConfig',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	typeOptions: { loadOptionsDependsOn: ['project.value'] },
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Choose a model config',
			typeOptions: { searchListMethod: 'searchModelConfigs', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. config_OYbJbWbFvUxX1MxgWvAsi',
		},
	],
};
