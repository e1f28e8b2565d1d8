import { Command as Program, CommanderError, Option } from 'commander';
import { definitions, readSettings, type SettingKey } from '../config.ts';
import type { Setting } from '../config/kinds.ts';
import { flagOf, type Texts } from '../config/read.ts';
import type { Command } from './command.ts';
import { commands } from './commands.ts';
import { endWithReader, printError } from './output.ts';
import { problemOf } from './problems.ts';
import { letHeapGrow } from './smallHeap.ts';
import { version } from '../version.ts';

/** What sh calls a wrong command line. */
const usageExitCode = 2;

type Definition = Setting<unknown>;

function definitionsOf(keys: readonly SettingKey[]): Definition[] {
	return keys.map((key) => definitions[key]);
}

function hasFlag({ placeholder }: Definition): boolean {
	return placeholder !== undefined;
}

function settingOption(setting: Definition): Option {
	const words = setting.defaultWords ?? setting.default;
	const about = words === undefined ? setting.about : `${setting.about} Default: ${words}`;
	return new Option(`${flagOf(setting)} <${setting.placeholder}>`, about);
}

/** The settings that have no flag, because other users of a machine can see the arguments of a process. */
function secretsHelp(keys: readonly SettingKey[]): string {
	const secrets = definitionsOf(keys).filter((setting) => !hasFlag(setting));
	const [first] = definitionsOf(keys).filter(hasFlag);
	if (first === undefined) return '';
	const flag = flagOf(first);
	const variables = `The settings, from ${flag} on, are also environment variables:\n${first.name} for ${flag}.`;
	if (secrets.length === 0) return `\n${variables}`;
	const lines = secrets.map(({ name, about }) => `  ${name}\n      ${about}`);
	return `\n${variables}\nThese are environment variables only:\n${lines.join('\n')}`;
}

/** Reads the settings and runs the command. Returns the exit code, or undefined if the program goes on. */
async function run(command: Command, options: Record<string, string | true | undefined>, argument: string | undefined) {
	const byFlag = (setting: Definition) => new Option(flagOf(setting)).attributeName();
	const flags: Texts = Object.fromEntries(
		definitionsOf(command.settings).map((setting) => [setting.name, options[byFlag(setting)] as string | undefined]),
	);
	const { settings, problems, changed } = readSettings(process.env, flags, command.settings);
	if (problems.length > 0) return fail(problems);
	if (command.name !== 'start') letHeapGrow();
	const name = command.argument?.name.replace(/\W/g, '') ?? 'argument';
	try {
		await command.run({ settings, changed, values: { ...options, [name]: argument } });
	} catch (error) {
		fail([problemOf(error, command.name, settings.dataDir)]);
	}
}

function fail(lines: string[]): never {
	for (const line of lines) printError(line);
	process.exit(1);
}

function addCommand(parent: Program, name: string, command: Command): void {
	const program = parent.command(name).description(command.summary).allowExcessArguments(false);
	if (command.argument !== undefined) program.argument(command.argument.name, command.argument.about);
	for (const { flags, about, choices, isRequired = false } of command.options ?? []) {
		const option = new Option(flags, about);
		if (choices !== undefined) option.choices(choices);
		program.addOption(option.makeOptionMandatory(isRequired));
	}
	for (const setting of definitionsOf(command.settings).filter(hasFlag)) program.addOption(settingOption(setting));
	if (command.details !== undefined) program.addHelpText('after', `\n${command.details}`);
	program.addHelpText('after', secretsHelp(command.settings));
	program.action(() => run(command, program.opts(), program.args[0]));
}

/** The program of a group of commands, such as `keys`. Commander looks settings up where a command is added. */
function groupOf(program: Program, name: string): Program {
	const existing = program.commands.find((command) => command.name() === name);
	return existing ?? program.command(name).description(`Commands for ${name}.`);
}

function createProgram(): Program {
	const program = new Program('humanloop-server')
		.description("Serves Humanloop's v4 API from one SQLite file or a PostgreSQL database.")
		.version(version, '-v, --version', 'Print the version.')
		.helpOption('-h, --help', 'Print this help, or that of a command.')
		.helpCommand(false)
		.exitOverride()
		// The error is printed once, in one line, by runCommandLine.
		.configureOutput({ writeErr: () => undefined });
	for (const command of commands) {
		const [first = '', second] = command.name.split(' ');
		if (second === undefined) addCommand(program, first, command);
		else addCommand(groupOf(program, first), second, command);
	}
	program.addHelpText('after', '\nThe settings of a command: humanloop-server start --help');
	return program;
}

/** Flags without a command are those of the first one. */
function withCommand(args: string[]): string[] {
	const isOfProgram = ['-h', '--help', '-v', '--version'].includes(args[0] ?? '');
	const isOfDefault = args[0] === undefined || (args[0].startsWith('-') && !isOfProgram);
	return isOfDefault ? [commands[0]!.name, ...args] : args;
}

/** The command line that prints the help of what was meant, as far as that is known. */
function helpOf(args: string[]): string {
	const known = commands.map(({ name }) => name).filter((name) => `${args.join(' ')} `.startsWith(`${name} `));
	return ['humanloop-server', ...known, '--help'].join(' ');
}

/** The flag of a secret that was on the command line, if there is one. */
function secretFlag(args: string[]): Definition | undefined {
	const secrets = Object.values<Definition>(definitions).filter((setting) => !hasFlag(setting));
	return secrets.find((setting) => args.some((arg) => arg.split('=')[0] === flagOf(setting)));
}

/**
 * Runs what the command line says. A wrong command line is one line on standard error and exit code 2; a command that
 * fails is exit code 1.
 */
export async function runCommandLine(args: string[]): Promise<void> {
	endWithReader();
	const secret = secretFlag(args);
	if (secret !== undefined) {
		printError(
			`There is no flag ${flagOf(secret)}: other users of the machine could read its value. ` +
				`Set the environment variable ${secret.name}.`,
		);
		process.exit(usageExitCode);
	}
	try {
		await createProgram().parseAsync(withCommand(args), { from: 'user' });
	} catch (error) {
		if (!(error instanceof CommanderError)) throw error;
		if (error.exitCode === 0) return;
		// A group without one of its commands.
		const text = error.code === 'commander.help' ? `Say what to do with ${args[0]}: see its --help` : error.message;
		const message = text.replace(/^error: |\.$/g, '').replaceAll('\n', ' ');
		printError(`${message.charAt(0).toUpperCase()}${message.slice(1)}. Run "${helpOf(args)}".`);
		process.exit(usageExitCode);
	}
}
