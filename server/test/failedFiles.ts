import type { TestEvent } from 'node:test/reporters';

/**
 * A reporter of Node.js's test runner. It writes the path of each test file that failed, to a line of its own, some more
 * than once. A test names the file that called `test`, which may be a shared one: so the summary of each file counts, too.
 */
export default async function* failedFiles(source: AsyncIterable<TestEvent>): AsyncGenerator<string, void> {
	for await (const { type, data } of source) {
		const isFailed = type === 'test:fail' || (type === 'test:summary' && !data.success);
		if (isFailed && data.file !== undefined) yield `${data.file}\n`;
	}
}
