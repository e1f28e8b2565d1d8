import assert from 'node:assert/strict';
import test from 'node:test';
import { ProgressBar } from '../src/commands/progress.ts';

/** What was written to a terminal of that width. */
function terminal(columns: number) {
	const written: string[] = [];
	const write = (text: string) => written.push(text) > 0;
	return { stream: { isTTY: true, columns, write } as unknown as NodeJS.WriteStream, written };
}

const start = '\r\u001b[K';

test('on a terminal, a bar is drawn over itself, and its last state stays', () => {
	const { stream, written } = terminal(100);
	const progress = new ProgressBar(stream);
	progress.show(0, 200, 'logs');
	for (let value = 1; value <= 150; value += 1) progress.show(value, 200, 'logs');
	progress.stop();
	assert.equal(written[0], `${start}${'░'.repeat(40)} 0 of 200 logs`);
	assert.deepEqual(written.slice(-2), [`${start}${'█'.repeat(30)}${'░'.repeat(10)} 150 of 200 logs`, '\n']);
	assert.ok(written.length < 20, 'not drawn for each of them');
});

test('a line is never longer than the terminal is wide, and nothing is drawn of nothing', () => {
	const { stream, written } = terminal(20);
	new ProgressBar(stream).stop();
	assert.deepEqual(written, []);
	const progress = new ProgressBar(stream);
	progress.show(5, 0, 'logs of a project');
	progress.stop();
	assert.deepEqual(written, [`${start}${'█'.repeat(19)}`, `${start}${'█'.repeat(19)}`, '\n']);
});
