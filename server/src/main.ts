import { buildApp, type BuiltApp } from './app.ts';
import { isLoopback, readSettings, type Settings } from './config.ts';
import { buildProblem, listenProblem } from './startProblems.ts';

function stop(lines: string[]): never {
	for (const line of lines) process.stderr.write(`${line}\n`);
	process.exit(1);
}

function print(line: string): void {
	process.stdout.write(`${line}\n`);
}

async function build(settings: Settings): Promise<BuiltApp> {
	try {
		return await buildApp({
			dataDir: settings.dataDir,
			promptsDir: settings.promptsDir,
			apiKey: settings.apiKey,
			exposed: !isLoopback(settings.host),
			providers: { openai: settings.openai },
			logLevel: settings.logLevel,
			maxInFlight: settings.maxInFlight,
			providerTimeoutMs: settings.providerTimeoutMs,
		});
	} catch (error) {
		stop([buildProblem(error, settings.dataDir)]);
	}
}

async function listen({ app }: BuiltApp, settings: Settings): Promise<string> {
	// Fastify would write a line of its own in front of the plain ones.
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

/** Not before the server listens: a key that is made and not shown would be lost for good. */
async function showFirstKey(built: BuiltApp, { dataDir }: Settings): Promise<void> {
	try {
		await built.showFirstKey((key) => print(`API key, shown this once: ${key}`));
	} catch (error) {
		stop([`${buildProblem(error, dataDir)} The key above is not kept.`]);
	}
}

function closeOnSignal({ app }: BuiltApp): void {
	let closing = false;
	const close = async () => {
		// Who asks twice does not want to wait for what is in flight.
		if (closing) process.exit(130);
		closing = true;
		await app.close();
		process.exit(0);
	};
	process.on('SIGTERM', () => void close());
	process.on('SIGINT', () => void close());
}

const { settings, problems } = readSettings(process.env);
if (problems.length > 0) stop(problems);
const built = await build(settings);
closeOnSignal(built);
const address = await listen(built, settings);
print(`humanloop-server listens on ${address}/v4`);
if (!isLoopback(settings.host)) print('Other machines can reach it; they need its API key.');
print(`data: ${built.dataFile}`);
for (const { file, project, configId } of built.prompts)
	print(`prompt: ${file} → project ${project}, config ${configId}`);
if (settings.promptsDir !== undefined && built.prompts.length === 0)
	print(`prompts: PROMPTS_DIR (${settings.promptsDir}) has no .prompt file`);
await showFirstKey(built, settings);
