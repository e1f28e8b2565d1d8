import { notifications, type NotificationData } from '@mantine/notifications';

/** The IDs of the last notices about what is deployed, by project and environment. */
const last = new Map<string, string>();

/** Says what has happened to an environment of a project. What the notice before said is not true any more, so it goes. */
export function showDeployed(projectId: string, environmentId: string, notice: NotificationData): void {
	const place = `${projectId} ${environmentId}`;
	const before = last.get(place);
	if (before !== undefined) notifications.hide(before);
	last.set(place, notifications.show(notice));
}
