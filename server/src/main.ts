import { buildApp, type BuiltApp, StartError } from './app.ts';
import { isLoopback, readSettings, type Settings } from './config.ts';
import { messageOf } from './domain/apiError.ts';
import { PromptFileError } from './import/promptFile.ts';

function codeOf(error: unknown): string {
	return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Why the server could not be built, in one line. */
function buildProblem(error: unknown, dataDir: string): string {
	if (error instanceof StartError) return error.message;
	if (codeOf(error) === 'ERR_SQLITE_ERROR')
		return `The database in DATA_DIR (${dataDir}) cannot be used: ${messageOf(error)}.`;
	if (error instanceof PromptFileError) return `PROMPTS_DIR cannot be read: ${error.message}.`;
	return `The server cannot start: ${messageOf(error)}.`;
}

const portReasons: Record<string, string> = {
	EADDRINUSE: 'another program uses it',
	EACCES: 'this user may not',
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
		return `HOST ${host} and PORT ${port} cannot be listened on: ${portReason}. Set PORT to a free one above 1023, or to 0 for any.`;
	}
	const hostReason = hostReasons[code] ?? messageOf(error);
	const brackets = host.startsWith('[') ? ' Write IPv6 addresses without brackets.' : '';
	return `HOST ${host} cannot be listened on: ${hostReason}. Set HOST to 127.0.0.1, or to another address of this machine.${brackets}`;
}

function stop(lines: string[]): never {
	for (const line of lines) process.stderr.write(`${line}\n`);
	process.exit(1);
}

function print(line: string): void {
	process.stdout.write(`${line}\n`);
}

async function build(settings: Settings): Promise<BuiltApp> {
	try {
		return await buildApp({ ...settings, exposed: !isLoopback(settings.host) });
	} catch (error) {
		stop([buildProblem(error, settings.dataDir)]);
	}
}

async function listen({ app }: BuiltApp, settings: Settings): Promise<string> {
	// Otherwise Fastify writes a log line of its own before the plain ones.
	const { level } = app.log;
	app.log.level = 'silent';
	try {
		return await app.listen({ host: settings.host, port: settings.port });
	} catch (error) {
		await app.close();
		stop([listenProblem(error, settings)]);
	} finally {
		app.log.level = level;
	}
}

/** Call this only once the server listens: if the start fails after a key was stored, nobody ever sees the key. */
async function showFirstKey(built: BuiltApp, { dataDir }: Settings): Promise<void> {
	try {
		await built.showFirstKey((key) => print(`API key, shown this once: ${key}`));
	} catch (error) {
		stop([`${buildProblem(error, dataDir)} The key above was not stored.`]);
	}
}

function closeOnSignal({ app }: BuiltApp): void {
	let isClosing = false;
	const close = async () => {
		// A second signal means: do not wait for the calls in flight.
		if (isClosing) process.exit(130);
		isClosing = true;
		await app.close();
		process.exit(0);
	};
	process.on('SIGTERM', () => void close());
	process.on('SIGINT', () => void close());
}

const { settings, problems } = readSettings(process.env);
if (problems.length > 0) stop(problems);
const built = await build(settings);
for (const line of built.warnings) process.stderr.write(`${line}\n`);
closeOnSignal(built);
const address = await listen(built, settings);
print(`humanloop-server listens on ${address}/v4`);
if (!isLoopback(settings.host)) print('Other machines can reach it; they need its API key.');
print(`data: ${built.dataLocation}`);
for (const { file, project, configId } of built.prompts)
	print(`prompt: ${file} → project ${project}, config ${configId}`);
if (settings.promptsDir !== undefined && built.prompts.length === 0)
	print(`prompts: PROMPTS_DIR (${settings.promptsDir}) has no .prompt file`);
if (built.isEmpty) {
	print(
		`It has no prompts yet. Store one: POST /v4/model-configs, which ${address}/docs explains, ` +
			'or set PROMPTS_DIR to a folder of .prompt files.',
	);
}
await showFirstKey(built, settings);
