import type { SettingKey, Settings } from '../config.ts';

export type CommandOption = {
	/** As in --help: `--role <role>`, or `--all` for one without a value. */
	flags: string;
	about: string;
	choices?: readonly string[];
	/** Whether the command needs it. */
	isRequired?: boolean;
};

export type CommandInput<K extends SettingKey> = {
	settings: Pick<Settings, K | 'hosts'>;
	/** The settings that are not the default, each as `NAME=value`, without secrets. */
	changed: string[];
	/** What the argument and the options are, by their names in camel case. Those that were left out are undefined. */
	values: Readonly<Record<string, string | true | undefined>>;
};

/** A command of the program. To add one, list it in commands.ts. */
export type Command<K extends SettingKey = SettingKey> = {
	/** One word, or two: `keys create`. */
	name: string;
	summary: string;
	/** What --help says beyond the summary. */
	details?: string;
	/** Such as `<file>`, or `[file]` if it may be left out. */
	argument?: { name: string; about: string };
	options?: readonly CommandOption[];
	/** The settings that it uses. Others are neither read nor checked. */
	settings: readonly K[];
	/** Throws OperatorError for what the operator has to change. */
	run: (input: CommandInput<K>) => Promise<void>;
};

/** The command as it is, with the keys of its settings found out. */
export function defineCommand<const K extends SettingKey>(command: Command<K>): Command<K> {
	return command;
}
