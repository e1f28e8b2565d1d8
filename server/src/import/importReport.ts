import { dirname, isAbsolute, relative } from 'node:path';
import type { ModelParameters } from '../domain/entities.ts';
import { modelsOf } from '../domain/prompts/fallback.ts';
import type { ModelUse } from '../domain/store.ts';
import { reasonOf } from './importProblem.ts';

/** What an import stores and an export writes, in the order of their reports. */
export const kinds = [
	'projects',
	'versions',
	'environments',
	'deployments',
	'sessions',
	'logs',
	'feedback',
	'aliases',
] as const;
export type Kind = (typeof kinds)[number];

/** How many parts that cannot be imported are kept with their reasons. The others are counted. */
const maxBroken = 1_000;
/** How many names and prompts are kept to be listed. */
const maxListed = 1_000;

function increase(counts: Map<string, number>, key: string, by = 1): void {
	counts.set(key, (counts.get(key) ?? 0) + by);
}

/** A number with what it counts, such as "1 log" or "1,024 logs". */
export function counted(count: number, one: string, many: string): string {
	return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** What an import has done so far. */
export class ImportReport {
	/** What is imported. Paths below it are shown without it. */
	readonly #root: string;
	/** The names of prompts by their folders. */
	readonly #promptNames = new Map<string, string>();
	readonly #added = new Map<string, number>();
	readonly #present = new Map<string, number>();
	/** By what several of them are, such as "files of the type evaluator". */
	readonly #skipped = new Map<string, { one: string; count: number }>();
	readonly #notes: string[] = [];
	#equalVersions = 0;
	readonly #broken: { path: string; reason: string }[] = [];
	#brokenCount = 0;
	readonly #models = new Map<string, ModelUse>();

	constructor(root: string) {
		this.#root = root;
	}

	/** The prompt in a folder: what is wrong in there is listed under its name. */
	prompt(folder: string, name: string): void {
		this.#promptNames.set(folder, name);
	}

	/** Where something is: the prompt, and the path in what is imported. */
	placeOf(path: string): string {
		const inside = relative(this.#root, path);
		const shown = inside === '' || inside.startsWith('..') || isAbsolute(inside) ? path : inside;
		for (
			let folder = dirname(path);
			folder.length >= this.#root.length && folder !== dirname(folder);
			folder = dirname(folder)
		) {
			const name = this.#promptNames.get(folder);
			if (name !== undefined) return `${name}: ${shown}`;
		}
		return shown;
	}

	/** Records of a kind that were stored, or that were there already. */
	count(kind: Kind, isNew: boolean, count = 1): void {
		increase(isNew ? this.#added : this.#present, kind, count);
	}

	added(kind: Kind): number {
		return this.#added.get(kind) ?? 0;
	}

	present(kind: Kind): number {
		return this.#present.get(kind) ?? 0;
	}

	/** Something that was read and not stored: what one of it is, and what several are. */
	skip(one: string, many: string, count = 1): void {
		const before = this.#skipped.get(many)?.count ?? 0;
		if (count > 0) this.#skipped.set(many, { one, count: before + count });
	}

	/** What was read and not stored, with how many there are. */
	get skipped(): string[] {
		return [...this.#skipped]
			.sort(([first], [second]) => (first < second ? -1 : 1))
			.map(([many, { one, count }]) => counted(count, one, many));
	}

	/** Something that the operator should know, in a sentence. */
	note(text: string): void {
		if (this.#notes.length < maxListed) this.#notes.push(text);
	}

	get notes(): readonly string[] {
		return this.#notes;
	}

	/** A version with the same parameters as an older one of its prompt. Its ID is an alias of that one. */
	equalVersion(): void {
		this.#equalVersions += 1;
	}

	get equalVersions(): number {
		return this.#equalVersions;
	}

	/** Throws the error again unless it says why the part cannot be imported. */
	break(path: string, error: unknown): void {
		const reason = reasonOf(error);
		if (reason === undefined) throw error;
		this.#brokenCount += 1;
		if (this.#broken.length < maxBroken) this.#broken.push({ path: this.placeOf(path), reason });
	}

	get broken(): readonly { path: string; reason: string }[] {
		return this.#broken;
	}

	get brokenCount(): number {
		return this.#brokenCount;
	}

	/** A version that is there now, and what it calls. */
	version(configId: string, parameters: Pick<ModelParameters, 'provider' | 'model' | 'other'>): void {
		for (const { provider, model } of modelsOf(parameters)) {
			const key = JSON.stringify([provider, model]);
			const use = this.#models.get(key);
			if (use === undefined) this.#models.set(key, { provider, model, configs: 1, configId });
			else use.configs += 1;
		}
	}

	/** The models that imported versions call. */
	get models(): ModelUse[] {
		return [...this.#models.values()];
	}
}
