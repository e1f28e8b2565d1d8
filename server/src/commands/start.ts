import type { BuiltApp } from '../app.ts';
import { isLoopback, settingKeys, type Settings } from '../config.ts';
import { messageOf } from '../domain/apiError.ts';
import { OperatorError } from '../domain/operatorError.ts';
import { defineCommand } from './command.ts';
import { print, printError } from './output.ts';
import { codeOf, problemOf } from './problems.ts';
import { providerSettingsOf } from './providerSettings.ts';
import { letHeapGrow } from './smallHeap.ts';
import { printWait } from './withDatabase.ts';

const portReasons: Record<string, string> = {
	EADDRINUSE: 'is used by another program',
	EACCES: 'cannot be used by this user',
};

const hostReasons: Record<string, string> = {
	ENOTFOUND: 'it is neither an address nor a known name',
	EAI_AGAIN: 'it is not an address, and the name could not be looked up',
	EADDRNOTAVAIL: 'it is not an address of this machine',
};

/** Why the server could not listen there: which of the two settings to change, and to what. */
function listenProblem(error: unknown, { host, port }: Settings): string {
	const code = codeOf(error);
	const portReason = portReasons[code];
	if (portReason !== undefined) {
		return `Port ${port} on ${host} ${portReason}. Set PORT to a free one above 1023, or to 0 for any.`;
	}
	const hostReason = hostReasons[code] ?? messageOf(error);
	const brackets = host.startsWith('[') ? ' Write IPv6 addresses without brackets.' : '';
	return `HOST ${host} cannot be listened on: ${hostReason}. Set HOST to 127.0.0.1, or to another address of this machine.${brackets}`;
}

async function build(settings: Settings): Promise<BuiltApp> {
	// Loaded here, because the other commands need none of it.
	const { buildApp } = await import('../app.ts');
	const { PromptFileError } = await import('../domain/promptFiles/problems.ts');
	const options = {
		...settings,
		onDatabaseWait: printWait,
		exposed: !isLoopback(settings.host),
		exportSpans: settings.otlpEndpoint !== undefined || settings.otlpTracesEndpoint !== undefined,
		providers: providerSettingsOf(settings),
	};
	return buildApp(options).catch((error: unknown) => {
		if (error instanceof PromptFileError) throw new OperatorError(`PROMPTS_DIR cannot be read: ${error.message}.`);
		throw error;
	});
}

async function listen({ app }: BuiltApp, settings: Settings): Promise<string> {
	// Otherwise Fastify writes a log line of its own before the plain ones.
	const { level } = app.log;
	app.log.level = 'silent';
	try {
		return await app.listen({ host: settings.host, port: settings.port });
	} catch (error) {
		await app.close();
		throw new OperatorError(listenProblem(error, settings));
	} finally {
		app.log.level = level;
	}
}

/** Call this only once the server listens: if the start fails after a key was stored, nobody ever sees the key. */
async function showFirstKey(built: BuiltApp, address: string, { dataDir, publicUrl }: Settings): Promise<void> {
	let first: string | undefined;
	try {
		await built.showFirstKey((key) => {
			first = key;
			print(`API key, shown only once: ${key}`);
		});
	} catch (error) {
		throw new OperatorError(`${problemOf(error, 'start', dataDir)} The key above was not stored.`);
	}
	if (first === undefined) return;
	const link = `${publicUrl ?? address}${built.signInPathOf(first)}`;
	print(`This link signs you in to the page, once and within 15 minutes: ${link}`);
}

/** One Ctrl-C can arrive several times: from the terminal, and from each program between it and this one, such as npx. */
const sameSignalMs = 500;

function closeOnSignal({ app }: BuiltApp): void {
	let closingSince: number | undefined;
	const close = async () => {
		if (closingSince !== undefined) {
			// A second signal means: do not wait for the calls in flight.
			if (performance.now() - closingSince > sameSignalMs) process.exit(130);
			return;
		}
		closingSince = performance.now();
		await app.close();
		process.exit(0);
	};
	process.on('SIGTERM', () => void close());
	process.on('SIGINT', () => void close());
	// The program that started this one is gone, and cannot pass on a signal.
	process.once('disconnect', () => void close());
	process.channel?.unref();
}

function printStart(built: BuiltApp, address: string, settings: Settings, changed: string[]): void {
	print(`humanloop-server listens on ${address}/v4`);
	print(`page: ${settings.publicUrl ?? address} (sign in with an API key)`);
	if (!isLoopback(settings.host)) print('Other machines can reach it; they need an API key.');
	print(`data: ${built.dataLocation}`);
	if (changed.length > 0) print(`settings: ${changed.join(', ')}`);
	for (const { file, project, configId } of built.prompts)
		print(`prompt: ${file} → project ${project}, config ${configId}`);
	if (settings.promptsDir !== undefined && built.prompts.length === 0)
		print(`prompts: PROMPTS_DIR (${settings.promptsDir}) has no .prompt file`);
	if (built.isEmpty) {
		print(`There are no prompts yet. Store one with POST /v4/model-configs,\nor set PROMPTS_DIR. See ${address}/docs`);
	}
}

export const start = defineCommand({
	name: 'start',
	summary: 'Start the server. This is what happens without a command.',
	settings: settingKeys,
	async run({ settings, changed }) {
		const built = await build(settings);
		for (const line of built.warnings) printError(line);
		closeOnSignal(built);
		letHeapGrow();
		const address = await listen(built, settings);
		printStart(built, address, settings, changed);
		for (const line of built.endingModels) printError(line);
		await showFirstKey(built, address, settings);
	},
});
