import { globSync } from 'node:fs';

/*
 * Tests whose subject is not what is stored: commands, prompts, providers, requests. They use a database, and would find the
 * same on each. `.ci/run` leaves them out on PostgreSQL and PGlite, because the same machine runs them on SQLite.
 */
const names = [
	...['asciiEvents', 'attacks', 'callOrigin', 'chatProvider', 'comingFromHumanloop', 'commandLine', 'compileOnce'],
	...['contractCheck', 'docExamples', 'endOfLife', 'firstStart', 'fuzz', 'gracefulShutdown', 'hangUp', 'health'],
	...[
		'importExport',
		'importPrompts',
		'inlineConfig',
		'jinja',
		'jinjaCalls',
		'jinjaPython',
		'jinjaThread',
		'keyCanary',
	],
	...[
		'largeJson',
		'listBounds',
		'logLink',
		'main',
		'maxRetries',
		'memory',
		'memoryLimit',
		'memoryReplay',
		'memoryWait',
	],
	...['metrics', 'mockChat', 'mockReplies', 'mockText', 'mockTools', 'models', 'nameLengths', 'notBuilt', 'numbers'],
	...['oldClients', 'openai', 'openapi', 'otherPrices', 'overload', 'page', 'pageSize', 'plainErrors', 'progress'],
	...['promptFolder', 'promptFormat', 'promptRoutes', 'properties', 'providerCanary', 'providerResponse', 'redact'],
	...['renderPrompt', 'requestLimit', 'retries', 'sdk', 'shell', 'signIn', 'spans', 'start', 'startModules', 'status'],
	...['surrogates', 'template', 'toolCalls', 'unreadBody', 'updateConfig', 'validation', 'welcome', 'wrongKeys'],
].map((name) => `${name}.test.ts`);

/**
 * @param folder of the tests
 * @returns paths of the files in it
 * @throws Error if one of them has another name now
 */
export function aboutOtherSubjects(folder: string): string[] {
	const found = new Set(globSync(['*.test.ts', '{providers,sdk}/*.test.ts'], { cwd: folder }));
	const missing = names.filter((name) => !found.has(name));
	if (missing.length > 0) throw new Error(`There is no test ${missing.join(', ')}: correct storage/otherSubjects.ts`);
	return [...found].filter((name) => names.includes(name) || name.includes('/'));
}
