import { logsPath } from './names.ts';

/** The filters of the list of logs that this tab showed last. */
let last: string | undefined;

export function rememberList(filters: string): void {
	last = filters;
}

/** For when somebody signs out: the next person has not seen the list. */
export function forgetList(): void {
	last = undefined;
}

/**
 * The address of the list that a log is in: the one that was shown last, with its filters, if it is of all projects or of the
 * log's. Otherwise that of the log's project.
 *
 * @param projectId undefined: not known yet
 */
export function listAround(projectId: string | null | undefined): string {
	const project = new URLSearchParams(last).get('project');
	const isAround = projectId === undefined || project === null || project === projectId;
	if (last !== undefined && isAround) return last === '' ? '/logs' : `/logs?${last}`;
	return projectId ? logsPath({ project: projectId }) : '/logs';
}
