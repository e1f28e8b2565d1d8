import { getHeapStatistics } from 'node:v8';
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { StatementReceiver } from './batches.ts';
import { type Result, SqliteConnection } from './connection.ts';
import { type Answer, type Batch, flag, type ThreadData } from './protocol.ts';

const { file, busyTimeoutMs, port, flags } = workerData as ThreadData;
/** Node.js ends the whole process, and not only the thread, if SQLite's rows fill the heap of a thread. */
const maxResultLength = getHeapStatistics().heap_size_limit / 4;
const isCancelled = () => Atomics.load(flags, flag.cancel) === 1;
const receiver = new StatementReceiver();
let connection: SqliteConnection | undefined;

/** A clone of the error itself would lack SQLite's codes. */
function toPlain(error: unknown) {
	return error instanceof Error ? { ...error, message: error.message } : { message: String(error) };
}

function answerTo(batch: NonNullable<Batch>): Answer {
	let result: Result = { rows: [] };
	for (const [index, statement] of receiver.received(batch).entries()) {
		try {
			// An error of this is one of the batch, and the next batch tries again.
			connection ??= new SqliteConnection(file, busyTimeoutMs, { isCancelled, maxResultLength });
			result = connection.execute(statement);
		} catch (error) {
			return { error: { ...toPlain(error), failedAt: index } };
		}
	}
	return { result };
}

function receive(): Batch | undefined {
	return (receiveMessageOnPort(port) as { message: Batch } | undefined)?.message;
}

function close(): never {
	connection?.close();
	process.exit();
}

// The thread sleeps between two batches. With an event loop, the way to it and back takes two to five times as long.
for (;;) {
	Atomics.wait(flags, flag.wake, 0);
	Atomics.store(flags, flag.wake, 0);
	for (let batch = receive(); batch !== undefined; batch = receive()) {
		if (batch === null) close();
		port.postMessage(answerTo(batch));
	}
}
