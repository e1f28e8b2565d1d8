import assert from 'node:assert/strict';
import test from 'node:test';
import { compileOnce } from '../src/http/compileOnce.ts';

test('a schema is compiled when it is first used, and once for all that are the same', () => {
	const compiled: object[] = [];
	const prepare = compileOnce((schema) => {
		compiled.push(schema);
		return (value: number) => `${JSON.stringify(schema)} ${value}`;
	});
	const [first, same, other] = [{ type: 'integer' }, { type: 'integer' }, { type: 'number' }];
	const [runFirst, runSame, runOther] = [prepare(first), prepare(same), prepare(other)];
	assert.deepEqual(compiled, []);
	assert.deepEqual(
		[runSame(1), runFirst(2), runSame(3)],
		[1, 2, 3].map((value) => `{"type":"integer"} ${value}`),
	);
	assert.deepEqual(compiled, [first]);
	assert.equal(runOther(4), '{"type":"number"} 4');
	assert.deepEqual(compiled, [first, other]);
});
