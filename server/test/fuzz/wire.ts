import { connect, type Socket } from 'node:net';

/** `status` is undefined where the server only hung up. */
export type Answered = { status: number | undefined; body: string; ms: number };

/** How long an answer may take before it counts as a hang. */
const patienceMs = 20_000;

/** The status of an answer that may have been cut off. */
function statusOf(received: Buffer): number | undefined {
	const status = /^(?:HTTP\/1\.1 100 [^]*?\r\n\r\n)?HTTP\/1\.1 ((?!100)\d{3})/.exec(received.toString('latin1'))?.[1];
	return status === undefined ? undefined : Number(status);
}

/** The whole answer at the beginning of what has come, or undefined while some of it is missing. */
function completeResponse(
	received: Buffer,
	isHead: boolean,
): { status: number; body: string; closes: boolean } | undefined {
	const headEnd = received.indexOf('\r\n\r\n');
	if (headEnd < 0) return undefined;
	const head = received.toString('latin1', 0, headEnd);
	const rest = received.subarray(headEnd + 4);
	const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
	if (status === 100) return completeResponse(rest, isHead);
	const closes = /\r\nconnection: close/i.test(head);
	const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
	if (isHead || status === 204 || status === 304) return { status, body: '', closes };
	if (length !== undefined) {
		return rest.length < Number(length)
			? undefined
			: { status, body: rest.toString('utf8', 0, Number(length)), closes };
	}
	if (!/\r\ntransfer-encoding: chunked/i.test(head)) return undefined;
	return rest.subarray(-5).toString('latin1') === '0\r\n\r\n'
		? { status, body: rest.toString('utf8'), closes }
		: undefined;
}

/** A client that sends any bytes at all over one connection, kept open from request to request. */
export function createWire(port: number) {
	let socket: Socket | undefined;

	function open(): Socket {
		if (socket !== undefined && socket.writable && !socket.destroyed) return socket;
		socket = connect(port, '127.0.0.1');
		socket.setNoDelay(true);
		return socket;
	}

	/**
	 * Sends a request and waits for its answer. `ends`: nothing more will come, as the bytes may promise more than they
	 * hold; then the server may answer or hang up.
	 */
	function exchange(bytes: Buffer, { ends, isHead }: { ends: boolean; isHead: boolean }): Promise<Answered> {
		const own = open();
		const startedAt = performance.now();
		return new Promise((resolve, reject) => {
			let received: Buffer = Buffer.alloc(0);
			const finish = (status: number | undefined, body: string, keeps: boolean) => {
				clearTimeout(timer);
				own.removeAllListeners();
				own.on('error', () => undefined);
				if (!keeps) own.destroy();
				resolve({ status, body, ms: performance.now() - startedAt });
			};
			const timer = setTimeout(() => {
				own.removeAllListeners().on('error', () => undefined);
				own.destroy();
				reject(new Error(`no answer within ${patienceMs} ms`));
			}, patienceMs);
			own.on('data', (chunk: Buffer) => {
				received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
				const response = completeResponse(received, isHead);
				if (response !== undefined) finish(response.status, response.body, !ends && !response.closes);
			});
			own.on('error', () => undefined);
			own.on('close', () => finish(statusOf(received), '', false));
			own.write(bytes);
			if (ends) own.end();
		});
	}

	return { exchange, close: () => socket?.destroy() };
}
