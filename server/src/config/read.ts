import type { Setting } from './kinds.ts';

export type Texts = Record<string, string | undefined>;

/** Where the text of a setting comes from. Flags win over the environment. */
export type Sources = { env: Texts; flags?: Texts };

/** The flag of a setting: `--max-in-flight` of `MAX_IN_FLIGHT`. */
export function flagOf({ name }: Pick<Setting<unknown>, 'name'>): string {
	return `--${name.toLowerCase().replaceAll('_', '-')}`;
}

/** The text that was given for a setting, and what to call it in an error. Empty text counts as none. */
function given(setting: Setting<unknown>, { env, flags = {} }: Sources): { text: string | undefined; label: string } {
	const filled = (text: string | undefined) => (text?.trim() === '' ? undefined : text?.trim());
	const flag = filled(flags[setting.name]);
	return flag === undefined
		? { text: filled(env[setting.name]), label: setting.name }
		: { text: flag, label: flagOf(setting) };
}

/** Reads one setting. Adds a line to `problems` if its value cannot be used. A secret is not shown in it. */
export function readSetting<T>(setting: Setting<T>, sources: Sources, problems: string[]): T | undefined {
	const { text = setting.default, label } = given(setting, sources);
	if (text === undefined) return undefined;
	return setting.read(text, (why) => {
		// Only what may be printed as it is: the rest of it can be a password.
		const isOpen = setting.show(text) === text;
		problems.push(
			isOpen
				? `${label} is ${JSON.stringify(text)}, which cannot be used: ${why}.`
				: `${label} cannot be used: ${why}.`,
		);
	});
}

/** The settings whose text is not the default, each as `NAME=value`, without secrets. */
export function changedSettings(settings: Setting<unknown>[], sources: Sources): string[] {
	return settings.flatMap((setting) => {
		const { text } = given(setting, sources);
		return text === undefined || text === setting.default ? [] : [`${setting.name}=${setting.show(text)}`];
	});
}
