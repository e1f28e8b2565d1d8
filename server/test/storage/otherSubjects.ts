import { globSync } from 'node:fs';

/*
 * Tests whose subject is not what is stored: commands, prompts, providers, requests. They use a database, and most likely
 * find the same on each. `.ci/run` leaves them out on PostgreSQL and PGlite: it runs them on SQLite, and GitHub on all three.
 */
const names = `
	asciiEvents attacks chatProvider comingFromHumanloop commandLine compileOnce contractCheck
	docExamples endOfLife firstStart fuzz gracefulShutdown hangUp health jinja jinjaCalls jinjaPython
	jinjaThread largeJson logLink maxRetries memory memoryLimit memoryReplay memoryWait metrics mockChat
	mockReplies mockText mockTools models notBuilt oldClients openai openapi otherPrices overload page
	pageSize plainErrors progress promptFolder promptFormat promptRoutes properties providerCanary
	providerResponse redact renderPrompt requestLimit retries sdk shell signIn spans start startModules
	status template toolCalls unreadBody updateConfig validation welcome wrongKeys
`
	.trim()
	.split(/\s+/)
	.map((name) => `${name}.test.ts`);

/** In a folder whose other tests are about something else. */
const aboutStorage = ['providers/fallbackRules.test.ts'];

/**
 * @param folder of the tests
 * @returns paths of the files in it
 * @throws Error if one of them has another name now
 */
export function aboutOtherSubjects(folder: string): string[] {
	const found = new Set(globSync(['*.test.ts', '{providers,sdk}/*.test.ts'], { cwd: folder }));
	const missing = [...names, ...aboutStorage].filter((name) => !found.has(name));
	if (missing.length > 0) throw new Error(`There is no test ${missing.join(', ')}: correct storage/otherSubjects.ts`);
	return [...found].filter((name) => names.includes(name) || (name.includes('/') && !aboutStorage.includes(name)));
}
