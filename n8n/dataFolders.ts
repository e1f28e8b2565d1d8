import { existsSync } from 'node:fs';
import path from 'node:path';

export interface DataFolders {
	/** The server's data: `npm run server` uses the same folder. */
	server: string;
	/** n8n's data, the API key that n8n uses for the server, and the log files. */
	start: string;
	/** Where earlier versions kept the server's data, if it is still there. Nothing moves it: `server` may hold other data. */
	oldServer: string | undefined;
}

/** @param dataDir the variable DATA_DIR, if it is set */
export function dataFolders(dataDir: string | undefined): DataFolders {
	const server = path.resolve(dataDir || '.data');
	const start = dataDir ? server : path.join(server, 'start');
	const oldServer = path.join(start, 'server');
	return { server, start, oldServer: existsSync(path.join(oldServer, 'humanloop.db')) ? oldServer : undefined };
}
