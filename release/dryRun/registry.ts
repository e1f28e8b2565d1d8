import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What npm sends to publish a version, as far as it is read here. */
interface Document {
	name: string;
	'dist-tags': Record<string, string>;
	versions: Record<string, { version: string; dist: { integrity: string } }>;
	_attachments?: unknown;
}

/** A registry on the loopback address that takes and shows packages, and never changes a version. */
export interface Registry {
	url: string;
	packages: Map<string, Document>;
	close(): Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<Document> {
	const parts: Buffer[] = [];
	for await (const part of request) parts.push(part as Buffer);
	return JSON.parse(Buffer.concat(parts).toString()) as Document;
}

export async function startRegistry(): Promise<Registry> {
	const packages = new Map<string, Document>();
	const server = createServer((request, response) => {
		const answer = (status: number, body: unknown) => {
			response.writeHead(status, { 'content-type': 'application/json' });
			response.end(JSON.stringify(body));
		};
		const name = request.url!.slice(1).split('?')[0]!;
		const stored = packages.get(name);
		if (request.method === 'GET') return stored ? answer(200, stored) : answer(404, { error: 'Not found' });
		if (request.method !== 'PUT') return answer(405, {});
		void bodyOf(request).then(({ _attachments: _, ...sent }) => {
			const known = Object.keys(sent.versions).find((version) => stored?.versions[version]);
			if (known !== undefined) return answer(403, { error: `${name}@${known} is published already` });
			packages.set(name, {
				...sent,
				'dist-tags': { ...stored?.['dist-tags'], ...sent['dist-tags'] },
				versions: { ...stored?.versions, ...sent.versions },
			});
			answer(201, { ok: true });
		});
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
		packages,
		async close() {
			server.close();
			server.closeAllConnections();
			await once(server, 'close');
		},
	};
}
