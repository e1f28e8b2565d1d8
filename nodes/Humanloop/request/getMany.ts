import type { INodeExecutionData } from 'n8n-workflow';

import { eachItem } from './itemRun';
import { listRecords } from './list';
import { requiredProjectId } from './locators';
import { recordItems, simplifiedLog, simplifiedProject } from './records';
import { dateTime, trimmedText, wireValues, type WireFields } from './wireFields';

const logFilters: WireFields = {
	start_date: ['Created After', dateTime],
	end_date: ['Created Before', dateTime],
	search: ['Search', trimmedText],
	session_id: ['Session ID', trimmedText],
	source_filter: ['Source', trimmedText],
};

const projectFilters: WireFields = {
	filter: ['Name', trimmedText],
	sort_by: ['Field', trimmedText],
	order: ['Direction', trimmedText],
};

/** Takes one input item through Log → Get Many. */
export const getLogs = eachItem(async (item): Promise<INodeExecutionData[]> => {
	const filters = wireValues(item.context, item.request.qs, logFilters);
	const project_id = await requiredProjectId(item);
	return recordItems(item, await listRecords(item, { project_id, ...filters }, 0), simplifiedLog);
});

/** Takes one input item through Project → Get Many. */
export const getProjects = eachItem(async (item): Promise<INodeExecutionData[]> => {
	const filters = wireValues(item.context, item.request.qs, projectFilters);
	return recordItems(item, await listRecords(item, filters, 0), simplifiedProject);
});

/** Takes one input item through Session → Get Many. */
export const getSessions = eachItem(async (item): Promise<INodeExecutionData[]> => {
	const project_id = await requiredProjectId(item);
	return recordItems(item, await listRecords(item, { project_id }, 1));
});
