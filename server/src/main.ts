import { buildApp, type BuiltApp, StartError } from './app.ts';
import { PromptFileError } from './import/promptFile.ts';
import { isLoopback, readSettings, type Settings } from './settings.ts';

function stop(lines: string[]): never {
  for (const line of lines) process.stderr.write(`${line}\n`);
  process.exit(1);
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
    if (error instanceof StartError) stop([error.message]);
    if (error instanceof PromptFileError) stop([`PROMPTS_DIR has a file that cannot be read: ${error.message}.`]);
    stop([`The database in DATA_DIR (${settings.dataDir}) cannot be opened: ${error instanceof Error ? error.message : String(error)}.`]);
  }
}

async function listen({ app }: BuiltApp, { host, port }: Settings): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    await app.close();
    const why = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' ? 'another program uses it' : String(error);
    stop([`HOST ${host} and PORT ${port} cannot be listened on: ${why}. Set PORT to a free one, or to 0 for any.`]);
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
const print = (line: string) => process.stdout.write(`${line}\n`);
print(`humanloop-server listens on ${address}/v4`);
print(`data: ${built.dataFile}`);
for (const { file, project, configId } of built.prompts) print(`prompt: ${file} → project ${project}, config ${configId}`);
if (built.firstKey !== undefined) print(`API key, shown this once: ${built.firstKey}`);
