import { readFileSync } from 'node:fs';
import axios, { type AxiosInstance } from 'axios';
import type { IDataObject } from 'n8n-workflow';

import type { RunningN8n } from '../n8n/instance.ts';
import type { RecordedRequest, RecordingProxy } from '../test/hosts/recordingProxy.ts';
import type { N8nApi } from './n8nApi.ts';
import type { ReplicaHosts } from './replicaHosts.ts';

/*
 * The runs of `npm run e2e:replicas`, and what has come of them.
 */

/** Has the config that the items run. */
export const project = 'e2e/replicas';
export const itemCount = 30;
/** How many calls the node makes at a time. */
export const concurrency = 10;

/** Everything that runs. */
export interface Topology {
	hosts: ReplicaHosts;
	modelHost: RecordingProxy;
	/** The API, through the balancer. */
	api: AxiosInstance;
	configId: string;
	main: RunningN8n;
	n8nApi: N8nApi;
}

const namesOf = (topic: string) => Array.from({ length: itemCount }, (_, item) => ({ name: `Zoë ${item}`, topic }));

/** The model calls about each item of a topic, in order. */
export function callsAbout({ modelHost }: Topology, topic: string): RecordedRequest[][] {
	const promptOf = ({ body }: RecordedRequest) => (body!.messages as [{ content: string }])[0].content;
	return namesOf(topic).map(({ name }) =>
		modelHost.requests.filter((request) => promptOf(request) === `Write to ${name} about ${topic}.`),
	);
}

/** The items that the webhook answers with. */
export async function run({ main }: Topology, topic: string): Promise<IDataObject[]> {
	const { data } = await axios.post<IDataObject[]>(`${main.url}/webhook/replicas`, { items: namesOf(topic) });
	return data;
}

export async function logsAbout({ api }: Topology, topic: string): Promise<{ id: string }[]> {
	const { data: projects } = await api.get<{ records: [{ id: string }] }>('/projects', { params: { filter: project } });
	const params = { project_id: projects.records[0].id, search: topic, size: 100 };
	return (await api.get<{ records: { id: string }[] }>('/logs', { params })).data.records;
}

/** How many completions each server has answered, by its own log. */
export const answeredBy = ({ hosts }: Topology) =>
	hosts.replicas.map(
		({ log }) => [...readFileSync(log, 'utf8').matchAll(/completion-model-config","status":200/g)].length,
	);
