import type { IDataObject } from 'n8n-workflow';

import { defineOperation } from '../execution/defineOperation';
import { projectLocator, requiredProjectId } from '../shared/locators';
import { listRecords, recordItems, returnAllAndLimit } from '../shared/records';

/** Session → Get Many: `GET /sessions`. The records are small, so there is no 'Simplify'. */
export const getAll = defineOperation({
	name: 'Get Many',
	value: 'getAll',
	action: 'Get many sessions',
	description: 'Retrieve a list of sessions that have logs in a project, newest first',
	request: { method: 'GET', url: '/sessions' },
	fields: [{ ...projectLocator, description: 'Project that the sessions have logs in' }, ...returnAllAndLimit],
	async execute(item) {
		const project_id = await requiredProjectId(item);
		return recordItems(item, await listRecords(item, { project_id }, 1), simplifiedSession);
	},
});

function simplifiedSession(session: IDataObject): IDataObject {
	return {
		lastOutput: session.last_output,
		firstInputs: session.first_inputs,
		logCount: session.datapoints_count,
		projects: session.projects,
		createdAt: session.created_at,
		updatedAt: session.updated_at,
		referenceId: session.reference_id,
		id: session.id,
	};
}
