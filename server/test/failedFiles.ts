import type { TestEvent } from 'node:test/reporters';

/**
 * A reporter of Node.js's test runner. It writes the path of each file in which a test failed, each once, one to a line.
 * A file that ended on its own account, without a failed test, is named by the runner's own test for it.
 */
export default async function* failedFiles(source: AsyncIterable<TestEvent>): AsyncGenerator<string, void> {
	const files = new Set<string>();
	for await (const { type, data } of source) {
		if (type !== 'test:fail' || data.file === undefined || files.has(data.file)) continue;
		files.add(data.file);
		yield `${data.file}\n`;
	}
}
