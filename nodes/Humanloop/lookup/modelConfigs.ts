import {
	NodeOperationError,
	type IDataObject,
	type ILoadOptionsFunctions,
	type INodeListSearchResult,
	type INodeParameterResourceLocator,
} from 'n8n-workflow';

import { projectNamed } from '../request/locators';
import { noList } from '../request/pages';
import { reading, type Ask } from './ask';

/**
 * The model configs of the chosen project for a resource locator, newest first: name, model and date.
 *
 * The API gives all of them at once and knows no filter, so both the filter and the end of the list are here.
 *
 * @param filter what the user has typed: part of a name, model or ID
 * @throws NodeOperationError when no project is chosen, or none has the given name
 */
export async function searchModelConfigs(this: ILoadOptionsFunctions, filter = ''): Promise<INodeListSearchResult> {
	const records = await reading(this, async (ask) => {
		const projectId = await chosenProject(this, ask);
		const answer = await ask<ProjectConfig[]>(`/projects/${encodeURIComponent(projectId)}/configs`);
		if (!Array.isArray(answer)) throw noList();
		return answer;
	});
	const wanted = filter.toLowerCase();
	return {
		results: records.map(listed).filter(({ name, value }) => `${name} ${value}`.toLowerCase().includes(wanted)),
	};
}

interface ProjectConfig extends IDataObject {
	config: { id: string; name?: string | null; model: string };
	created_at: string;
}

function listed({ config: { id, name, model }, created_at }: ProjectConfig) {
	return { name: [name ?? id, model, created_at.slice(0, 10)].join(' · '), value: id };
}

async function chosenProject(context: ILoadOptionsFunctions, ask: Ask): Promise<string> {
	const { mode, value } = (context.getCurrentNodeParameter('project') ?? {}) as Partial<INodeParameterResourceLocator>;
	const project = String(value ?? '').trim();
	if (project === '') {
		throw new NodeOperationError(context.getNode(), "Choose a 'Project' first: the list shows its model configs");
	}
	if (project.startsWith('=')) {
		throw new NodeOperationError(
			context.getNode(),
			"'Project' is an expression, so its model configs cannot be listed here: enter the model config's ID",
		);
	}
	if (mode !== 'name') return project;
	const id = await projectNamed(project, (qs) => ask('/projects', qs));
	if (id !== undefined) return id;
	throw new NodeOperationError(
		context.getNode(),
		`There is no project named '${project}' yet, so it has no model configs`,
	);
}
