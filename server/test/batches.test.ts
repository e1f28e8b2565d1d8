import assert from 'node:assert/strict';
import test from 'node:test';
import { type SentStatements, StatementReceiver, StatementSender } from '../src/storage/sqlite/batches.ts';
import type { Statement } from '../src/storage/sqlite/connection.ts';

/** A sender and a receiver. `send` returns what was sent, and checks what comes of it. */
function connect() {
	const [sender, receiver] = [new StatementSender(), new StatementReceiver()];
	const send = (statements: Statement[]): SentStatements => {
		let sent: SentStatements = [];
		sender.send(statements, (message) => (sent = structuredClone(message)));
		assert.deepEqual(receiver.received(sent), statements);
		return sent;
	};
	return { sender, send };
}

const [first, second] = ['select 1', 'select ?'];

test('a text is sent once, values and expected rows always', () => {
	const { send } = connect();
	const statements = [
		{ sql: first, parameters: [] },
		{ sql: second, parameters: ['a', null, 1], expectedRows: 1 },
		{ sql: first, parameters: [], expectedRows: 0 },
	];
	assert.deepEqual(send(statements), [first, [], undefined, second, ['a', null, 1], 1, 0, [], 0]);
	assert.deepEqual(send(statements), [0, [], undefined, 1, ['a', null, 1], 1, 0, [], 0]);
});

test('a text that could not be sent is sent the next time', () => {
	const { sender, send } = connect();
	send([{ sql: first, parameters: [] }]);
	const statements = [{ sql: second, parameters: [] }];
	assert.throws(
		() =>
			sender.send(statements, () => {
				throw new Error('cannot be cloned');
			}),
		/cannot be cloned/,
	);
	assert.equal(send(statements)[0], second);
	assert.equal(send(statements)[0], 1);
});

test('any number of texts arrive', () => {
	const { send } = connect();
	const statements = Array.from({ length: 1_000 }, (_, index) => ({ sql: `select ${index}`, parameters: [] }));
	send(statements);
	const again = send(statements).filter((_, index) => index % 3 === 0);
	assert.deepEqual([again[399], again[400]], [399, 'select 400']);
});

test('a text with a long list is sent each time, and takes no number', () => {
	const { send } = connect();
	const long = `select 1 in (${'?, '.repeat(3_000)}?)`;
	const statements = [long, first].map((sql) => ({ sql, parameters: [] }));
	send(statements);
	assert.deepEqual(
		[0, 3].map((index) => send(statements)[index]),
		[long, 0],
	);
});
