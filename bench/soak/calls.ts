import { randomUUID } from 'node:crypto';

import type { Humanloop } from '../server/humanloop.ts';

export interface Call {
	body: Record<string, unknown>;
	key?: string;
}

/** What people send: mostly plain with a key as the node does, some streams, some with several samples, some without a key. */
export function callOf(number: number, { configId, project }: Humanloop): Call {
	const question = `Ticket ${number}: ${'my order has not arrived. '.repeat(1 + ((number * 7) % 200))}`;
	const body = {
		model_config_id: configId,
		project,
		inputs: { question },
		session_reference_id: `s${number >> 4}`,
	};
	const key = randomUUID();
	if (number % 8 === 0) return { body };
	if (number % 4 === 1) return { body: { ...body, stream: true }, key };
	return { body: number % 8 === 2 ? { ...body, num_samples: 3 } : body, key };
}

/** Sends a call and reads the whole response. The log's ID is undefined if it failed. */
export async function send(
	{ url, runKey }: Humanloop,
	{ body, key }: Call,
): Promise<{ outcome: string; logId?: string }> {
	try {
		const response = await fetch(`${url}/v4/completion-model-config`, {
			method: 'POST',
			headers: {
				'x-api-key': runKey,
				'content-type': 'application/json',
				...(key === undefined ? {} : { 'idempotency-key': key }),
			},
			body: JSON.stringify(body),
		});
		const text = await response.text();
		const logId = /"id":"(data_\w+)"/.exec(text)?.[1];
		if (!response.ok) return { outcome: String(response.status) };
		if (body['stream'] === true && !text.includes('"finish_reason":"stop"')) return { outcome: 'cut' };
		return { outcome: '200', logId };
	} catch {
		return { outcome: 'none' };
	}
}

/** What people look for meanwhile: a word that each log has, one that few have, one that none has, and other lists. */
export function searchOf(number: number, projectId: string): { path: string; params: Record<string, unknown> } {
	const logs = { project_id: projectId, size: 25 };
	const searches = [
		{ path: '/logs', params: { ...logs, search: 'arrived' } },
		{ path: '/logs', params: { ...logs, search: `Ticket ${number}:` } },
		{ path: '/logs', params: { ...logs, search: 'not in any log' } },
		{ path: '/logs', params: { ...logs, page: number % 50 } },
		{ path: '/sessions', params: { project_id: projectId, size: 25 } },
		{ path: '/usage', params: { project_id: projectId, group_by: 'day' } },
	];
	return searches[number % searches.length]!;
}
