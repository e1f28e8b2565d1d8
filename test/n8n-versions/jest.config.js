const base = require('../../jest.config.js');
const testsOfTools = require('../testsOfTools.js');

const { ENGINE_FOLDER: engine, ENGINE_STREAMS: streams } = process.env;
if (!engine) throw new Error('Start these tests with npm run test:n8n-versions: it provides the engines.');

/** Tests of what only an engine that streams can do. */
const aboutStreaming = ['chat.chunks', 'completion.chunks'];

/**
 * The node's tests on the engine of another n8n: what the tests and the built package import of n8n comes from ENGINE_FOLDER.
 *
 * @type {import('jest').Config}
 */
module.exports = {
	...base,
	rootDir: '../..',
	moduleNameMapper: { '^(n8n-core|n8n-workflow)$': `${engine}/node_modules/$1` },
	testMatch: ['**/*.test.ts', '**/n8n-versions/*.checks.ts'],
	testPathIgnorePatterns: [
		'/node_modules/',
		...testsOfTools,
		// It loads nothing of n8n.
		'/eventStream.test.ts$',
		// In n8n 1.123, an Agent calls its tools by itself.
		'/agentRequests.test.ts$',
		...(streams === 'true' ? [] : aboutStreaming).map((name) => `/${name}.test.ts$`),
	],
	// n8n-core up to 2.8 at least leaves a timer running (ssh-clients-manager.js).
	forceExit: true,
};
