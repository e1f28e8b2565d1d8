import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** What a proxy in front of PostgreSQL does with the next commits. */
export type CuttingProxy = {
	/** The address of the database through the proxy. */
	url: string;
	/** The next commit reaches PostgreSQL, and its reply does not come back: the connection is cut. */
	loseReply(): void;
	/** How many replies were lost. */
	lost(): number;
};

/** The texts of the statements without values in what a client sends after its greeting. */
function* statementsIn(bytes: Buffer): Generator<string> {
	let at = 0;
	while (at + 5 <= bytes.length) {
		const length = bytes.readUInt32BE(at + 1);
		if (bytes[at] === 'Q'.charCodeAt(0)) yield bytes.toString('utf8', at + 5, at + length);
		at += 1 + length;
	}
}

/** Starts a proxy in front of the database at `url`. */
export async function startCuttingProxy(t: TestContext, url: string): Promise<CuttingProxy> {
	const target = new URL(url);
	let isArmed = false;
	let lost = 0;
	const sockets = new Set<Socket>();
	const server = createServer((client) => {
		const database = connect(Number(target.port), target.hostname);
		let isCutting = false;
		for (const socket of [client, database]) {
			sockets.add(socket);
			socket.on('error', () => undefined);
		}
		client.on('close', () => database.destroy());
		database.on('close', () => client.destroy());
		client.on('data', (bytes) => {
			// Short statements come in one piece. The greeting has no type and is no commit either.
			if (isArmed && [...statementsIn(bytes)].some((statement) => statement.startsWith('commit'))) {
				isArmed = false;
				isCutting = true;
			}
			database.write(bytes);
		});
		database.on('data', (bytes) => {
			if (!isCutting) return void client.write(bytes);
			// PostgreSQL has replied: the transaction is committed.
			lost += 1;
			client.destroy();
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.after(() => {
		server.close();
		for (const socket of sockets) socket.destroy();
	});
	const { port } = server.address() as AddressInfo;
	return {
		url: Object.assign(new URL(url), { port: String(port) }).href,
		loseReply: () => (isArmed = true),
		lost: () => lost,
	};
}
