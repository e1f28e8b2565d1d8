import type { Field, Fields, Snapshot } from './snapshot.ts';

/** How the node differs from a snapshot. Each entry is a sentence that names the field. */
export interface Differences {
	/** What saved workflows can do without: new fields, values, keys. */
	additions: string[];
	/** What would break saved workflows or change what they do. */
	breaks: string[];
}

const json = (value: unknown) => JSON.stringify(value);

/** What can change in a field without breaking what is saved: the field accepts all that it accepted. */
function compareField(at: string, old: Field, now: Field): Differences {
	const additions: string[] = [];
	const breaks: string[] = [];
	const changed = (what: string, before: unknown, after: unknown) =>
		breaks.push(`${at}: ${what} was ${json(before) ?? 'unset'} and is ${json(after) ?? 'unset'}`);

	for (const key of ['type', 'default', 'isList'] as const)
		if (json(old[key]) !== json(now[key])) changed(key, old[key], now[key]);
	for (const key of ['isRequired', 'isFixed'] as const) {
		if (now[key] && !old[key]) changed(key, old[key], now[key]);
		else if (json(old[key]) !== json(now[key])) additions.push(`${at}: is not ${key} any more`);
	}
	for (const [key, word] of [
		['values', 'value'],
		['modes', 'mode'],
	] as const) {
		const [before, after] = [old[key] ?? [], now[key] ?? []] as unknown[][];
		for (const value of before!) if (!after!.includes(value)) breaks.push(`${at}: the ${word} ${json(value)} is gone`);
		for (const value of after!)
			if (!before!.includes(value)) additions.push(`${at}: the ${word} ${json(value)} is new`);
	}
	if (!allows(old.decimals, now.decimals, (before, after) => after >= before, 0))
		changed('decimals', old.decimals, now.decimals);
	if (!allows(old.min, now.min, (before, after) => after <= before)) changed('min', old.min, now.min);
	if (!allows(old.max, now.max, (before, after) => after >= before)) changed('max', old.max, now.max);
	if (!isWider(old.shownIf, now.shownIf)) changed('shownIf', old.shownIf, now.shownIf);
	if (!isWithin(now.hiddenIf, old.hiddenIf)) changed('hiddenIf', old.hiddenIf, now.hiddenIf);
	const limits = ['decimals', 'min', 'max', 'shownIf', 'hiddenIf'] as const;
	if (breaks.length === 0)
		for (const key of limits) if (json(old[key]) !== json(now[key])) additions.push(`${at}: ${key} is wider`);
	return { additions, breaks };
}

/** Whether a limit is as wide as before. `unset` is what a missing limit means; by default, none. */
function allows(
	before: number | undefined,
	after: number | undefined,
	isAsWide: (before: number, after: number) => boolean,
	unset?: number,
): boolean {
	const [old, now] = [before ?? unset, after ?? unset];
	if (now === undefined) return true;
	return old !== undefined && isAsWide(old, now);
}

/** Whether all that fulfills the old conditions fulfills the new ones. */
function isWider(old: Record<string, unknown[]> = {}, now: Record<string, unknown[]> = {}): boolean {
	return Object.entries(now).every(
		([name, values]) => old[name]?.every((value) => values.some((other) => json(other) === json(value))) ?? false,
	);
}

/** Whether each condition that hides a field did so before. */
function isWithin(now: Record<string, unknown[]> = {}, old: Record<string, unknown[]> = {}): boolean {
	return Object.entries(now).every(([name, values]) =>
		values.every((value) => old[name]?.some((other) => json(other) === json(value)) ?? false),
	);
}

/** @param isNew whether the operation is new as a whole, so that no workflow leaves its fields empty */
function compareFields(where: string, old: Fields, now: Fields, isNew = false): Differences {
	const all: Differences = { additions: [], breaks: [] };
	for (const [path, field] of Object.entries(old)) {
		if (now[path] === undefined) all.breaks.push(`${where}: ${path} is gone`);
		else merge(all, compareField(`${where}: ${path}`, field, now[path]));
	}
	for (const [path, field] of Object.entries(now)) {
		if (path in old) continue;
		if (field.isRequired && !isNew)
			all.breaks.push(`${where}: ${path} is new and required, which no saved workflow has`);
		else all.additions.push(`${where}: ${path} is new`);
	}
	return all;
}

function compareKeys(where: string, old: Record<string, string>, now: Record<string, string>): Differences {
	const all: Differences = { additions: [], breaks: [] };
	for (const [key, type] of Object.entries(old)) {
		if (now[key] === undefined) all.breaks.push(`${where}: its items have no ${key} any more`);
		else if (now[key] !== type) all.breaks.push(`${where}: ${key} of its items was ${type} and is ${now[key]}`);
	}
	for (const key of Object.keys(now))
		if (!(key in old)) all.additions.push(`${where}: its items have ${key}, which is new`);
	return all;
}

function merge(all: Differences, { additions, breaks }: Differences): void {
	all.additions.push(...additions);
	all.breaks.push(...breaks);
}

export function compare(old: Snapshot, now: Snapshot): Differences {
	const all: Differences = { additions: [], breaks: [] };
	for (const key of Object.keys({ ...old.node, ...now.node }) as Array<keyof Snapshot['node']>)
		if (json(old.node[key]) !== json(now.node[key]))
			all.breaks.push(`node: ${key} was ${json(old.node[key])} and is ${json(now.node[key])}`);
	for (const operation of Object.keys({ ...old.fields, ...now.fields })) {
		const [before, after] = [old.fields[operation], now.fields[operation]];
		// The menu that lost the operation says so, too.
		merge(all, compareFields(operation, before ?? {}, after ?? {}, before === undefined));
	}
	for (const operation of Object.keys({ ...old.items, ...now.items }))
		merge(all, compareKeys(operation, old.items[operation] ?? {}, now.items[operation] ?? {}));
	if (old.credential.name !== now.credential.name)
		all.breaks.push(`credential: its name was ${old.credential.name} and is ${now.credential.name}`);
	merge(all, compareFields('credential', old.credential.fields, now.credential.fields));
	return all;
}

const list = (lines: string[]) => lines.map((line) => `  - ${line}`).join('\n');

/**
 * What to do about the differences, for whoever reads a failed test.
 *
 * @returns null if there are none
 */
export function advice({ additions, breaks }: Differences, file: string): string | null {
	if (breaks.length > 0)
		return [
			`These changes break saved workflows or credentials, or change what they do:`,
			list(breaks),
			`Saved workflows hold the names and values in ${file}. You may add an optional field with a default, a value, ` +
				`a mode, an operation, or a key of an item, and you may widen a limit. You may change every text that people ` +
				`see. To rename, remove or change anything else, add version 2 of the node and keep version 1 as it is: ` +
				`docs/compatibility.md, "How to add version 2 of the node".`,
		].join('\n');
	if (additions.length > 0)
		return [
			`These additions are not in ${file} yet:`,
			list(additions),
			`Saved workflows go on as before. From the next release on, these names and values cannot change, so look at ` +
				`them once more. Then run "npm run snapshot:parameters" and commit the file.`,
		].join('\n');
	return null;
}
