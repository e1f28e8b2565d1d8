import { maxRequestsPerMinute, type Role, roleNames } from '../contract/keys.ts';
import { commandLine } from '../domain/audit.ts';
import type { ApiKey } from '../domain/entities.ts';
import { createKey, revokeKey, rotateKey } from '../domain/keys/changeKeys.ts';
import { OperatorError } from '../domain/operatorError.ts';
import { timeOf } from '../domain/time.ts';
import { type CommandInput, defineCommand } from './command.ts';
import { keyTable } from './keyTable.ts';
import { print, printError } from './output.ts';
import { databaseSettings, requireDatabase } from './withDatabase.ts';
import { withStore } from './withStore.ts';

type Value = CommandInput<never>['values'][string];

const unitMs = { h: 60 * 60 * 1000, d: 24 * 60 * 60 * 1000 };

/** A date, a time, or how long from now: 12h or 7d. Throws OperatorError if it is in the past. */
function momentOf(flag: string, value: Value, now: number): string | undefined {
	if (typeof value !== 'string') return undefined;
	const [, count, unit] = /^(\d{1,5})([hd])$/.exec(value) ?? [];
	if (count === undefined) {
		const time = timeOf(flag, value);
		if (Date.parse(time) < now) throw new OperatorError(`${flag} is in the past: ${time}.`);
		return time;
	}
	return new Date(now + Number(count) * unitMs[unit as 'h' | 'd']).toISOString();
}

function limitOf(value: Value): number | undefined {
	if (typeof value !== 'string') return undefined;
	const limit = Number(value);
	if (!/^\d{1,7}$/.test(value) || limit < 1 || limit > maxRequestsPerMinute)
		throw new OperatorError(`--requests-per-minute must be a whole number from 1 to ${maxRequestsPerMinute}.`);
	return limit;
}

/** Prints a new key. It is alone on standard output, so that a shell can put it into a variable. */
function printMade({ id, name, role, expiresAt }: ApiKey, secret: string): void {
	const end = expiresAt === null ? '' : ` It expires on ${expiresAt}.`;
	printError(`Made the key ${id} ("${name}") with the role ${role}.${end} It is shown only once:`);
	print(secret);
}

const when = 'A date (2027-01-31), a time (2027-01-31T08:00:00Z), or how long from now (12h, 30d).';
const key = { name: '<key>', about: 'Its ID or its name.' };
const expires = { flags: '--expires <when>', about: `When it ends. ${when}` };

export const keysCreate = defineCommand({
	name: 'keys create',
	summary: 'Make an API key and print it.',
	details:
		'Roles: read (every GET), run (also completions, logs, feedback, sessions),\nedit (also model configs), deploy (also deployments), admin (everything).',
	options: [
		{ flags: '--name <text>', about: 'What it is for.', isRequired: true },
		{ flags: '--role <role>', about: 'What it may do.', choices: roleNames, isRequired: true },
		{ flags: '--requests-per-minute <number>', about: 'Without it, there is no limit.' },
		expires,
	],
	settings: databaseSettings,
	async run({ settings, values }) {
		const now = Date.now();
		await withStore(settings, async (store, location) => {
			const wanted = {
				name: String(values['name']),
				role: values['role'] as Role,
				requestsPerMinute: limitOf(values['requestsPerMinute']),
				expiresAt: momentOf('--expires', values['expires'], now),
			};
			const made = await createKey(store, wanted, { actor: commandLine, now });
			printError(`data: ${location}`);
			printMade(made.key, made.secret);
		});
	},
});

export const keysList = defineCommand({
	name: 'keys list',
	summary: 'List the API keys. The keys themselves are not stored.',
	settings: databaseSettings,
	async run({ settings }) {
		requireDatabase(settings);
		await withStore(settings, async (store) => {
			const keys: ApiKey[] = [];
			for (let page = 0; ; page += 1) {
				const { records, total } = await store.listApiKeys({ page, size: 1000 });
				keys.push(...records);
				if (records.length === 0 || keys.length >= total) break;
			}
			for (const line of keyTable(keys, Date.now())) print(line);
		});
	},
});

export const keysRevoke = defineCommand({
	name: 'keys revoke',
	summary: 'Revoke an API key. Servers reject it within a second.',
	argument: key,
	settings: [...databaseSettings, 'apiKey'],
	async run({ settings, values }) {
		requireDatabase(settings);
		await withStore(settings, async (store) => {
			const by = { actor: commandLine, now: Date.now() };
			const { id, name } = await revokeKey(store, String(values['key']), by, settings.apiKey !== undefined);
			printError(`Revoked the key ${id} ("${name}"). Servers that are running reject it within a second.`);
		});
	},
});

export const keysRotate = defineCommand({
	name: 'keys rotate',
	summary: 'Make an API key that takes the place of an old one, and print it.',
	details: 'The old key stays valid until --until. The new one has its name, role and limit.',
	argument: key,
	options: [{ flags: '--until <when>', about: `When the old key ends. ${when} Default: 7d` }, expires],
	settings: databaseSettings,
	async run({ settings, values }) {
		const now = Date.now();
		requireDatabase(settings);
		await withStore(settings, async (store) => {
			const times = {
				validUntil: momentOf('--until', values['until'], now),
				expiresAt: momentOf('--expires', values['expires'], now),
			};
			const made = await rotateKey(store, String(values['key']), times, { actor: commandLine, now });
			printMade(made.key, made.secret);
			printError(`The old key is valid until ${made.validUntil}.`);
		});
	},
});
