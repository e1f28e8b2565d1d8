import { join } from 'node:path';
import type { Project } from '../domain/entities.ts';
import { ApiError } from '../domain/apiError.ts';
import { checkTemplates, type PromptParameters } from '../domain/prompts/renderPrompt.ts';
import type { Store } from '../domain/store.ts';
import { filesIn } from './exportTree.ts';
import { DeploymentImport } from './importDeployments.ts';
import type { ImportReport } from './importReport.ts';
import { toProject, typeOf } from './projectFile.ts';
import { readObject } from './readJson.ts';
import { toConfig, versionTime } from './versionFile.ts';

/** How many versions are stored in one commit. */
const versionsPerCommit = 50;

/** What to say of a project that was imported from an export, and one from a .prompt file with its path at Humanloop. */
export function possibleTwins(one: Pick<Project, 'id' | 'name'>, fromFile: Pick<Project, 'id' | 'name'>): string {
	return (
		`The projects "${one.name}" (${one.id}) and "${fromFile.name}" (${fromFile.id}) can be the same prompt, once from an ` +
		'export and once from a .prompt file. Delete the one that your calls do not name.'
	);
}

export type ImportedPrompt = { folder: string; project: { id: string; name: string } };

/** Imports the prompts of an export: their projects, versions, and what is deployed. */
export class PromptImport {
	readonly #store: Store;
	readonly #report: ImportReport;
	readonly #now: string;
	readonly #deployments: DeploymentImport;

	/** `now` is the time of what has none. */
	constructor(store: Store, report: ImportReport, now: string) {
		this.#store = store;
		this.#report = report;
		this.#now = now;
		this.#deployments = new DeploymentImport(store, report, now);
	}

	/** Stores the environments in a file of an export of this server. */
	async addEnvironments(path: string): Promise<void> {
		await this.#deployments.addEnvironments(path);
	}

	/** Stores the prompt in a folder. Undefined if what is there is no prompt, or cannot be imported. */
	async add(folder: string): Promise<ImportedPrompt | undefined> {
		const path = join(folder, 'file.json');
		try {
			const file = readObject(path);
			const type = typeOf(file);
			if (type === 'prompt') return await this.#addPrompt(folder, file);
			this.#report.skip(`file of the type ${type}`, `files of the type ${type}`);
		} catch (error) {
			this.#report.break(path, error);
		}
		return undefined;
	}

	async #addPrompt(folder: string, file: Record<string, unknown>): Promise<ImportedPrompt | undefined> {
		const project = await this.#addProject(folder, file);
		if (project === undefined) return undefined;
		const brokenBefore = this.#report.brokenCount;
		const paths = this.#versionsIn(join(folder, 'versions'));
		for (let from = 0; from < paths.length; from += versionsPerCommit)
			await Promise.all(paths.slice(from, from + versionsPerCommit).map((path) => this.#addVersion(path, project)));
		await this.#deployments.add(project.id, folder, this.#report.brokenCount > brokenBefore);
		const evaluations = this.#filesIn(join(folder, 'evaluations')).length;
		this.#report.skip('evaluation of a prompt', 'evaluations of prompts', evaluations);
		return { folder, project };
	}

	/** Undefined if it was deleted here. */
	async #addProject(folder: string, file: Record<string, unknown>): Promise<Project | undefined> {
		const { project: wanted, path, otherNames, feedbackTypes, withoutPlace } = toProject(file, this.#now);
		this.#report.prompt(folder, path ?? wanted.name);
		const { stored, isNew } = await this.#store.write(async ({ archive }) => {
			const added = await archive.addProject(wanted, otherNames);
			if (added.stored.deletedAt === wanted.deletedAt) await archive.addFeedbackTypes(feedbackTypes);
			return added;
		});
		if (wanted.deletedAt === null && stored.deletedAt !== null) {
			this.#report.note(`${stored.id} ("${wanted.name}") was deleted here, so it is not imported.`);
			return undefined;
		}
		this.#report.count('projects', isNew);
		for (const key of withoutPlace) this.#report.skip(`prompt's ${key}`, `prompts' ${key}`);
		if (isNew) await this.#tellNames(stored, wanted.name, path);
		return stored;
	}

	/** Says which of two prompts with one name has it, and which project can be the same prompt. */
	async #tellNames({ id, name }: Project, wanted: string, path: string | undefined): Promise<void> {
		if (name !== wanted) {
			const holder = await this.#store.projectByName(wanted);
			this.#report.note(
				`Two prompts are named "${wanted}". ${holder?.id} has this name, and ${id} is named "${name}".`,
			);
		}
		const twin = path === undefined || path === name ? undefined : await this.#store.projectByName(path);
		if (twin !== undefined) this.#report.note(possibleTwins({ id, name }, twin));
	}

	/** The paths of the versions, oldest first: of equal ones, the oldest keeps its ID. */
	#versionsIn(folder: string): string[] {
		const versions: { path: string; time: string }[] = [];
		for (const path of this.#filesIn(folder)) {
			try {
				versions.push({ path, time: versionTime(readObject(path)) });
			} catch (error) {
				this.#report.break(path, error);
			}
		}
		// Sorting keeps the order of the names among those of one time.
		return versions
			.sort((one, other) => (one.time < other.time ? -1 : Number(one.time > other.time)))
			.map(({ path }) => path);
	}

	#filesIn(folder: string): string[] {
		try {
			return filesIn(folder);
		} catch (error) {
			this.#report.break(folder, error);
			return [];
		}
	}

	/** Says which templates cannot be filled: their versions keep their IDs, and calls of them fail. */
	async #tellTemplate(path: string, parameters: PromptParameters): Promise<void> {
		try {
			await checkTemplates(parameters);
		} catch (error) {
			if (!(error instanceof ApiError) || error.status !== 422) throw error;
			this.#report.note(`${this.#report.placeOf(path)}: calls of this version fail. ${error.message}`);
		}
	}

	async #addVersion(path: string, project: ImportedPrompt['project']): Promise<void> {
		try {
			const { config, withoutPlace } = toConfig(readObject(path), project, this.#now);
			const { stored, isNew } = await this.#store.write(({ archive }) => archive.addConfig(config));
			this.#report.count('versions', isNew);
			for (const key of withoutPlace) this.#report.skip(`version's ${key}`, `versions' ${key}`);
			if (stored.id === config.id && stored.type === 'model') this.#report.version(stored.id, stored.parameters);
			if (stored.id !== config.id) this.#report.equalVersion();
			else if (config.type === 'model') await this.#tellTemplate(path, config.parameters);
		} catch (error) {
			this.#report.break(path, error);
		}
	}
}
