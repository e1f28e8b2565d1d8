import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { messageOf } from '../domain/apiError.ts';
import { locationOf, parseDatabaseUrl } from '../domain/databaseLocation.ts';

/** Says why a value cannot be used. The reason goes on from the name of the setting. */
type Reject = (why: string) => void;

/** One setting: its environment variable, what it is for, and how its text becomes a value. */
export type Setting<T> = {
	/** The environment variable. The flag has the same name in lower case, with hyphens. */
	name: string;
	/** What it is for, in a line of --help. */
	about: string;
	/** The value in the flag's help, such as `number`. Undefined: the setting is secret and has no flag. */
	placeholder: string | undefined;
	/** The text that counts if there is none. Undefined: the setting is then off. */
	default: string | undefined;
	/** What stands for the default in --help and in the documentation, if it is not the text itself. */
	defaultWords?: string;
	/** What may be printed of a value. */
	show: (text: string) => string;
	/** The value. If it calls `reject`, the value must not be used. */
	read: (text: string, reject: Reject) => T;
};

/** Settings that are off if they are not set. */
export type OptionalSetting<T> = Setting<T> & { default: undefined };

/** Text of any kind. */
export function textOf(name: string, defaultText: string, about: string): Setting<string> {
	return { name, about, placeholder: 'text', default: defaultText, show: (text) => text, read: (text) => text };
}

/** A name of letters, digits and hyphens that is a part of an address. */
export function wordOf(name: string, about: string, placeholder: string): OptionalSetting<string> {
	return {
		name,
		about,
		placeholder,
		default: undefined,
		show: (text) => text,
		read(text, reject) {
			if (!/^[a-z0-9-]+$/.test(text)) reject('it must have only lowercase letters, digits and hyphens');
			return text;
		},
	};
}

/** A whole number from `min` to `max`. */
export function countOf(
	name: string,
	defaultCount: number,
	max: number,
	about: string,
	{ min = 1, allowed, defaultWords }: { min?: number; allowed?: string; defaultWords?: string } = {},
): Setting<number> {
	return {
		name,
		about,
		placeholder: 'number',
		default: String(defaultCount),
		...(defaultWords === undefined ? {} : { defaultWords }),
		show: (text) => text,
		read(text, reject) {
			const count = Number(text);
			if (!/^\d{1,10}$/.test(text) || count < min || count > max)
				reject(`it must be a whole number from ${min} to ${max}${allowed ?? ''}`);
			return count;
		},
	};
}

/** One of some words. */
export function choiceOf<const T extends string>(
	name: string,
	defaultChoice: T,
	choices: readonly T[],
	about: string,
): Setting<T> {
	return {
		name,
		about,
		placeholder: 'word',
		default: defaultChoice,
		show: (text) => text,
		read(text, reject) {
			const choice = choices.find((known) => known === text);
			if (choice === undefined) reject(`it must be one of ${choices.join(', ')}`);
			return choice ?? defaultChoice;
		},
	};
}

/** True or false. */
export function booleanOf(name: string, defaultValue: boolean, about: string): Setting<boolean> {
	const choice = choiceOf(name, defaultValue ? 'true' : 'false', ['true', 'false'], about);
	return { ...choice, placeholder: 'true|false', read: (text, reject) => choice.read(text, reject) === 'true' };
}

/** The folder itself, or the nearest one above it that exists. */
function nearestExisting(path: string): string {
	return statSync(path, { throwIfNoEntry: false }) === undefined ? nearestExisting(dirname(path)) : path;
}

/** A folder that exists or can be created. Its value is an absolute path. */
export function newFolderOf(name: string, defaultPath: string, about: string): Setting<string> {
	return {
		name,
		about,
		placeholder: 'folder',
		default: defaultPath,
		show: (text) => text,
		read(text, reject) {
			const folder = resolve(text);
			try {
				const existing = nearestExisting(folder);
				const isFolder = statSync(existing).isDirectory();
				if (!isFolder) reject(`${existing === folder ? 'it' : existing} is a file, not a folder`);
				else accessSync(existing, constants.W_OK | constants.X_OK);
			} catch (error) {
				reject(`it must be a folder that can be created and written to (${messageOf(error)})`);
			}
			return folder;
		},
	};
}

/** A folder that exists. Its value is an absolute path. */
export function folderOf(name: string, about: string): OptionalSetting<string> {
	return {
		name,
		about,
		placeholder: 'folder',
		default: undefined,
		show: (text) => text,
		read(text, reject) {
			const folder = resolve(text);
			if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
				reject('it must be a folder that exists');
			return folder;
		},
	};
}

/** A file that exists. Its value is an absolute path. */
export function fileOf(name: string, about: string): OptionalSetting<string> {
	return {
		name,
		about,
		placeholder: 'file',
		default: undefined,
		show: (text) => text,
		read(text, reject) {
			const file = resolve(text);
			if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) reject('it must be a file that exists');
			return file;
		},
	};
}

/** A key that goes into HTTP headers, which hold no other characters. It is secret. */
export function keyOf(name: string, about: string): OptionalSetting<string> {
	return {
		name,
		about,
		placeholder: undefined,
		default: undefined,
		show: () => '(set)',
		read(text, reject) {
			if (!/^[\x21-\x7e]+$/.test(text)) reject('a key must have only ASCII characters and no white space');
			return text;
		},
	};
}

/** An http or https address without a password. What may be printed of it has no query, which can hold a key. */
export function addressOf(name: string, about: string, defaultWords?: string): OptionalSetting<string> {
	return {
		name,
		about,
		placeholder: 'address',
		default: undefined,
		...(defaultWords === undefined ? {} : { defaultWords }),
		show(text) {
			const url = URL.parse(text);
			return url === null ? '(set)' : `${url.origin}${url.pathname}`;
		},
		read(text, reject) {
			const url = URL.parse(text);
			const isUsable =
				url !== null && ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === '';
			if (!isUsable) reject('it must be an http or https address without a password in it');
			return text;
		},
	};
}

/** The http or https address of a whole server, without a path and a password. Its value is the origin. */
export function originOf(name: string, about: string): OptionalSetting<string> {
	return {
		...addressOf(name, about),
		read(text, reject) {
			const url = URL.parse(text);
			const isWeb = url !== null && ['http:', 'https:'].includes(url.protocol);
			if (!isWeb || url.href !== `${url.origin}/`) {
				reject(
					'it must be an http or https address without a path and without a password, ' +
						'for example https://humanloop.example.com',
				);
			}
			return url?.origin ?? '';
		},
	};
}

/** Origins with commas between them. */
export function originsOf(name: string, about: string): OptionalSetting<string[]> {
	const origin = originOf(name, about);
	return {
		...origin,
		placeholder: 'addresses',
		default: undefined,
		show: (text) =>
			text
				.split(',')
				.map((one) => origin.show(one.trim()))
				.join(','),
		read: (text, reject) => text.split(',').map((one) => origin.read(one.trim(), reject)),
	};
}

/** An address that a library reads from the environment itself, so it has no flag. */
export function environmentAddressOf(name: string, about: string): OptionalSetting<string> {
	return { ...addressOf(name, about), placeholder: undefined };
}

/** The address of a PostgreSQL database. It can contain a password, so it is secret. */
export function databaseUrlOf(name: string, about: string): OptionalSetting<string> {
	return {
		name,
		about,
		placeholder: undefined,
		default: undefined,
		show: locationOf,
		read(text, reject) {
			if (!['postgres:', 'postgresql:'].includes(parseDatabaseUrl(text)?.protocol ?? '')) {
				reject(
					'it must be the address of a PostgreSQL database, such as postgres://user:password@host:5432/database. ' +
						'Write special characters of user and password in percent-encoding, such as %2F for / and %40 for @',
				);
			}
			return text;
		},
	};
}
