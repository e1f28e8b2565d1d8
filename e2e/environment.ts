import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { LLMock } from '@copilotkit/aimock';
import axios, { type AxiosInstance } from 'axios';

import { installN8n } from '../n8n/install.ts';
import {
	openInstance,
	type Credential,
	type ExportedWorkflow,
	type Instance,
	type RunningN8n,
} from '../n8n/instance.ts';
import { packNode } from '../n8n/packNode.ts';
import { startRecordingProxy, type RecordingProxy } from '../test/hosts/recordingProxy.ts';
import { startServer, type RunningServer } from '../test/hosts/startServer.ts';
import { patience } from './check.ts';
import { openN8nApi, type N8nApi } from './n8nApi.ts';

/**
 * The real n8n on a new user folder, with the packed node in it → a host that can fail → humanloop-server → a
 * stand-in for OpenAI.
 */
export interface Environment {
	/** The folder of everything that this run writes. */
	folder: string;
	/** The folder with n8n's own packages. */
	n8n: string;
	instance: Instance;
	main: RunningN8n;
	n8nApi: N8nApi;
	server: RunningServer;
	proxy: RecordingProxy;
	/** The stand-in for OpenAI, and what records the calls to it. */
	model: LLMock;
	modelHost: RecordingProxy;
	/** The server's API, asked past the proxy. */
	api: AxiosInstance;
	close(): Promise<void>;
}

/** The credential that n8n gets, of the host that can fail. */
export const credentialId = 'humanloopE2e0001';

/**
 * @param workflows are imported by n8n's CLI before its start, not published
 * @param env settings of n8n, for a run in this folder
 */
export async function startEnvironment(
	workflows: (api: AxiosInstance) => Promise<ExportedWorkflow[]>,
	env: (folder: string) => Record<string, string>,
): Promise<Environment> {
	const stopping = new AbortController();
	const { signal } = stopping;
	for (const name of ['SIGINT', 'SIGTERM'] as const)
		process.once(name, () => stopping.abort(new Error(`Stopped by ${name}`)));
	const folder = await mkdtemp(path.join(tmpdir(), 'humanloop-e2e-'));
	const ends: (() => Promise<unknown>)[] = [async () => await rm(folder, { recursive: true, force: true })];
	let closing: Promise<void> | undefined;
	const close = async () =>
		await (closing ??= (async () => {
			for (const end of ends.toReversed()) await end();
		})());
	try {
		const n8n = await installN8n({ signal });
		const model = new LLMock({ port: 0 });
		await model.start();
		ends.push(async () => await model.stop());
		const modelHost = await startRecordingProxy(`${model.url}/v1`);
		ends.push(async () => await modelHost.stop());
		const server = await startServer({
			env: {
				OPENAI_BASE_URL: modelHost.baseUrl,
				OPENAI_API_KEY: 'none-needed',
				// A minute by default, for which a canceled stream goes on.
				DISCONNECT_GRACE_MS: '100',
			},
		});
		ends.push(async () => await server.stop());
		const proxy = await startRecordingProxy(server.baseUrl);
		ends.push(async () => await proxy.stop());
		const api = axios.create({ baseURL: server.baseUrl, headers: { 'X-API-KEY': server.apiKey }, timeout: patience });

		const userFolder = path.join(folder, 'n8n');
		await installPackage(await packNode(folder), userFolder);
		const instance = await openInstance({ n8n, userFolder, env: env(folder), signal });
		await instance.importCredentials(credentials(server, proxy.baseUrl, modelHost.baseUrl));
		await instance.importWorkflows(await workflows(api));
		const main = await instance.start();
		ends.push(async () => await main.stop());
		const n8nApi = await openN8nApi(main.url);
		// What runs by then cannot be ended one by one; it ends with this process.
		signal.addEventListener('abort', () => void close().finally(() => process.exit(130)));
		return { folder, n8n, instance, main, n8nApi, server, proxy, model, modelHost, api, close };
	} catch (error) {
		await close();
		throw error;
	}
}

/** Installs a packed package as the README says. */
async function installPackage(tarball: string, userFolder: string): Promise<void> {
	const cwd = path.join(userFolder, '.n8n', 'nodes');
	await mkdir(cwd, { recursive: true });
	await promisify(execFile)('npm', ['install', '--legacy-peer-deps', tarball], { cwd });
}

/** The credential of the server itself: the host that can fail does not tell it that a caller hung up. */
export const directCredentialId = 'humanloopE2e0002';

/** The credential of a host where nothing listens. */
export const refusedCredentialId = 'humanloopE2e0003';

/** The credential of n8n's own nodes for OpenAI's models, of the stand-in. */
export const openAiCredentialId = 'openAiE2e0000001';

function credentials({ apiKey, baseUrl }: RunningServer, proxyUrl: string, modelUrl: string): Credential[] {
	const ofHost = (id: string, name: string, url: string) => ({
		id,
		name,
		type: 'humanloopApi',
		data: { apiKey, baseUrl: url },
	});
	return [
		ofHost(credentialId, 'Humanloop', proxyUrl),
		ofHost(directCredentialId, 'Humanloop, direct', baseUrl),
		ofHost(refusedCredentialId, 'Nobody', 'http://127.0.0.1:1/v4'),
		{ id: openAiCredentialId, name: 'OpenAI', type: 'openAiApi', data: { apiKey: 'none-needed', url: modelUrl } },
	];
}
