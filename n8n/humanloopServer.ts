import path from 'node:path';

import { endsWithParent } from './command.ts';
import { startService, type Service } from './service.ts';

export interface ServerOptions {
	port: number;
	/** The folder of the database. */
	dataDir: string;
	/** A key that the server accepts; n8n's credential holds it. */
	apiKey: string;
	/** The file for its output. */
	log: string;
	signal?: AbortSignal;
	/** Whether the node's errors link to their logs. PUBLIC_URL of this environment is the address, if it is set. */
	linksToLogs?: boolean;
	/** A file with prices of models, unless PRICES_FILE of this environment names another one. */
	pricesFile?: string;
}

/** Starts humanloop-server on 127.0.0.1 with the settings of this environment: the keys of model providers, and so on. */
export async function startHumanloopServer({
	port,
	dataDir,
	apiKey,
	log,
	signal,
	linksToLogs = false,
	pricesFile,
}: ServerOptions): Promise<Service> {
	return await startService({
		name: 'humanloop-server',
		file: process.execPath,
		args: [...endsWithParent, path.resolve('server/src/main.ts')],
		cwd: process.cwd(),
		env: {
			...(linksToLogs ? { PUBLIC_URL: `http://127.0.0.1:${port}` } : {}),
			...(pricesFile ? { PRICES_FILE: path.resolve(pricesFile) } : {}),
			...process.env,
			HOST: '127.0.0.1',
			PORT: String(port),
			DATA_DIR: dataDir,
			HUMANLOOP_API_KEY: apiKey,
		},
		log,
		signal,
		readyWithin: 120_000,
		isReady: async () => (await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(5000) })).ok,
	});
}
