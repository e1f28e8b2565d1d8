import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import axios from 'axios';
import type { INodeTypeDescription } from 'n8n-workflow';

import { check } from './check.ts';
import { credentialId, directCredentialId, refusedCredentialId, type Environment } from './environment.ts';

/** The settings with which n8n notes down where it tries to connect; read by checkOutbound() at the end of a run. */
export function outboundSettings(folder: string): Record<string, string> {
	return {
		NODE_OPTIONS: `--require=${path.resolve('e2e/outbound.cjs')}`,
		OUTBOUND_LOG: path.join(folder, 'outbound.log'),
	};
}

export async function checkOutbound(folder: string): Promise<void> {
	await check('n8n has tried to reach no other machine', () => {
		const log = outboundSettings(folder).OUTBOUND_LOG!;
		assert.deepEqual(new Set(readFileSync(log, 'utf8').trim().split('\n')), new Set(['watching']));
	});
}

/** What n8n has made of the installed package. */
export async function checkPackage({ main, n8nApi: { rest } }: Environment): Promise<void> {
	const cookie = rest.defaults.headers.cookie as string;
	const n8n = axios.create({ baseURL: main.url, headers: { cookie } });

	await check('package: n8n offers the node, and the node as a tool for agents', async () => {
		const { data } = await n8n.get<INodeTypeDescription[]>('/types/nodes.json');
		const own = data.filter(({ name }) => name.startsWith('n8n-nodes-humanloop.'));
		assert.deepEqual(own.map(({ name }) => name).toSorted(), [
			'n8n-nodes-humanloop.humanloop',
			'n8n-nodes-humanloop.humanloopTool',
		]);
		for (const { displayName, iconUrl, codex } of own) {
			assert.match(displayName, /^Humanloop/);
			assert.ok(codex?.categories?.length, 'it is in a category of the nodes panel');
			for (const icon of typeof iconUrl === 'string' ? [iconUrl] : [iconUrl!.light, iconUrl!.dark]) {
				const { headers } = await n8n.get<string>(`/${icon}`);
				assert.match(String(headers['content-type']), /image\/svg/);
			}
		}
	});

	await check("package: n8n has what an operation's items look like before it runs", async () => {
		const url = '/schemas/n8n-nodes-humanloop.humanloop/1/completion/create.json';
		const { data } = await n8n.get<{ properties: object }>(url);
		assert.ok('finishReason' in data.properties);
	});

	await check(
		"package: n8n's test of the credential tells a good one, a wrong key and a host that is not there",
		async () => {
			const test = async (id: string, change: Record<string, string> = {}) => {
				const { data: stored } = await rest.get<{ data: { data: Record<string, string> } }>(`/credentials/${id}`, {
					params: { includeData: true },
				});
				const credentials = { id, name: 'Humanloop', type: 'humanloopApi', data: { ...stored.data.data, ...change } };
				return (await rest.post<{ data: { status: string; message: string } }>('/credentials/test', { credentials }))
					.data.data;
			};
			assert.partialDeepStrictEqual(await test(credentialId), { status: 'OK' });
			assert.partialDeepStrictEqual(await test(directCredentialId, { apiKey: 'wrong' }), {
				status: 'Error',
				message: "The server does not know this 'API Key'",
			});
			assert.partialDeepStrictEqual(await test(refusedCredentialId), { status: 'Error' });
		},
	);
}
