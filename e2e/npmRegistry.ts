import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';

import { integrityOf } from '../release/checksums.ts';

const run = promisify(execFile);

/** npm's registry as n8n reaches it, with the packed node as its only package. */
export interface NpmRegistry {
	/** The package as npm knows it; the checksum is what `npm view <name>@<version> dist.integrity` prints. */
	published: { name: string; version: string; checksum: string };
	/** The settings with which n8n and its npm use it in place of registry.npmjs.org, and reach no other host. */
	env: Record<string, string>;
	stop(): Promise<void>;
}

const host = 'registry.npmjs.org';

/**
 * Starts the registry on a free port of 127.0.0.1. n8n takes another registry than npm's only with a license, so this one has npm's
 * name: it is behind a proxy, and has a certificate that n8n is told to trust.
 *
 * @param tarball of the node
 * @param folder for the certificate and for what npm keeps
 */
export async function startNpmRegistry(tarball: string, folder: string): Promise<NpmRegistry> {
	const home = await mkdtemp(path.join(folder, 'npm-'));
	const [key, certificate] = [path.join(home, 'key.pem'), path.join(home, 'certificate.pem')];
	const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
	const made = ['-keyout', key, '-out', certificate, '-days', '2', ...subject];
	await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...made]);

	const content = await readFile(tarball);
	const { stdout } = await run('tar', ['-xzOf', tarball, 'package/package.json']);
	const { name, version } = JSON.parse(stdout) as { name: string; version: string };
	const checksum = integrityOf(tarball);
	const file = `/${name}/-/${path.basename(tarball)}`;
	const manifest = {
		...(JSON.parse(stdout) as object),
		dist: {
			integrity: checksum,
			shasum: createHash('sha1').update(content).digest('hex'),
			tarball: `https://${host}${file}`,
		},
	};
	const answers: Record<string, Buffer | object> = {
		[`/${name}`]: { name, 'dist-tags': { latest: version }, versions: { [version]: manifest } },
		[`/${name}/${version}`]: manifest,
		[`/${name}/latest`]: manifest,
		[file]: content,
	};
	const registry = createTlsServer(
		{ key: await readFile(key), cert: await readFile(certificate) },
		({ url = '/' }: IncomingMessage, response: ServerResponse) => {
			const answer = answers[decodeURIComponent(url.replace(/\?.*$/, ''))];
			if (answer === undefined) response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
			else if (Buffer.isBuffer(answer)) response.end(answer);
			else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
		},
	);

	const sockets = new Set<Socket>();
	const proxy = createServer((_, response) => void response.writeHead(502).end());
	proxy.on('connect', ({ url }: IncomingMessage, socket: Socket) => {
		sockets.add(socket);
		socket.on('error', () => socket.destroy());
		if (url === `${host}:443`) {
			socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
			registry.emit('connection', socket);
		} else {
			socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
		}
	});
	proxy.listen(0, '127.0.0.1');
	await once(proxy, 'listening');
	const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
	return {
		published: { name, version, checksum },
		env: {
			HTTP_PROXY: address,
			HTTPS_PROXY: address,
			NO_PROXY: '127.0.0.1,localhost',
			NODE_EXTRA_CA_CERTS: certificate,
			// Neither the settings nor the cache of the machine's own npm.
			HOME: home,
		},
		async stop() {
			for (const socket of sockets) socket.destroy();
			proxy.close();
			await once(proxy, 'close');
		},
	};
}
