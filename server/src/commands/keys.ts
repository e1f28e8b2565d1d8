import { maxRequestsPerMinute, type Role, roleNames } from '../contract/keys.ts';
import { unprocessable } from '../domain/apiError.ts';
import { commandLine } from '../domain/audit.ts';
import type { ApiKey } from '../domain/entities.ts';
import { createKey, revokeKey, rotateKey } from '../domain/keys/changeKeys.ts';
import type { Store } from '../domain/store.ts';
import { timeOf } from '../domain/time.ts';
import { keyTable } from './keyTable.ts';

export type KeysContext = {
	store: Store;
	/** Prints a line to standard output. For `create` and `rotate`, that is the key and nothing else. */
	out: (line: string) => void;
	/** Prints a line for people to standard error. */
	tell: (line: string) => void;
	/** Whether HUMANLOOP_API_KEY is set, so that the last stored key of an admin may be revoked. */
	hasUnstoredKey: boolean;
	/** The time of day in milliseconds. */
	now: number;
};

/** The argument and the options of a command, by their names in camel case. */
type Values = Readonly<Record<string, string | true | undefined>>;

const unitMs = { h: 60 * 60 * 1000, d: 24 * 60 * 60 * 1000 };

/** A date, a time, or a duration from now: 12h or 7d. */
function momentOf(option: string, value: Values[string], now: number): string | undefined {
	if (typeof value !== 'string') return undefined;
	const [, count, unit] = /^(\d{1,5})([hd])$/.exec(value) ?? [];
	if (count === undefined) return timeOf(`--${option}`, value);
	return new Date(now + Number(count) * unitMs[unit as 'h' | 'd']).toISOString();
}

function roleOf(value: Values[string]): Role {
	const role = roleNames.find((name) => name === value);
	if (role === undefined) throw unprocessable(`--role must be one of ${roleNames.join(', ')}.`);
	return role;
}

function limitOf(value: Values[string]): number | undefined {
	if (typeof value !== 'string') return undefined;
	const limit = Number(value);
	if (!/^\d{1,7}$/.test(value) || limit < 1 || limit > maxRequestsPerMinute)
		throw unprocessable(`--requests-per-minute must be a whole number from 1 to ${maxRequestsPerMinute}.`);
	return limit;
}

function tellMade({ tell }: KeysContext, { id, name, role, expiresAt }: ApiKey): void {
	const end = expiresAt === null ? '' : ` It expires on ${expiresAt}.`;
	tell(`Made the key ${id} ("${name}") with the role ${role}.${end} It is shown this once.`);
}

export async function keysCreate(context: KeysContext, values: Values): Promise<void> {
	const { store, out, now } = context;
	const settings = {
		name: String(values['name'] ?? ''),
		role: roleOf(values['role']),
		requestsPerMinute: limitOf(values['requestsPerMinute']),
		expiresAt: momentOf('expires', values['expires'], now),
	};
	const { key, secret } = await createKey(store, settings, { actor: commandLine, now });
	out(secret);
	tellMade(context, key);
}

export async function keysList({ store, out, now }: KeysContext): Promise<void> {
	const keys: ApiKey[] = [];
	for (let page = 0; ; page += 1) {
		const { records, total } = await store.listApiKeys({ page, size: 1000 });
		keys.push(...records);
		if (records.length === 0 || keys.length >= total) break;
	}
	for (const line of keyTable(keys, now)) out(line);
}

export async function keysRevoke({ store, tell, hasUnstoredKey, now }: KeysContext, values: Values): Promise<void> {
	const by = { actor: commandLine, now };
	const { id, name } = await revokeKey(store, String(values['key']), by, hasUnstoredKey);
	tell(`Revoked the key ${id} ("${name}"). Servers that are running reject it within a second.`);
}

export async function keysRotate(context: KeysContext, values: Values): Promise<void> {
	const { store, out, tell, now } = context;
	const times = {
		validUntil: momentOf('until', values['until'], now),
		expiresAt: momentOf('expires', values['expires'], now),
	};
	const by = { actor: commandLine, now };
	const { key, secret, validUntil } = await rotateKey(store, String(values['key']), times, by);
	out(secret);
	tellMade(context, key);
	tell(`The old key is valid until ${validUntil}.`);
}
