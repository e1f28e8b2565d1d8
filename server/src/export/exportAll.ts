import { join } from 'node:path';
import { inSnakeCase } from '../contract/fields.ts';
import type { ArchivedConfig, ArchivedLog, ArchiveReads } from '../domain/archive.ts';
import type { Environment, Project } from '../domain/entities.ts';
import { type Kind, kinds } from '../import/importReport.ts';
import { toLine } from '../import/logLine.ts';
import { exportedContent } from '../import/versionFile.ts';
import { FileTree } from './fileTree.ts';

/** How many of each were exported, in the order of the report. Deployments are those that calls run now. */
export type Exported = Record<Kind, number>;

function toVersion(project: Project, config: ArchivedConfig) {
	const { id, name, description, createdAt, updatedAt } = config;
	return {
		...exportedContent(config),
		id: project.id,
		name: project.name,
		path: project.name,
		version_id: id,
		version_name: name,
		version_description: description,
		created_at: createdAt,
		updated_at: updatedAt,
	};
}

class Export {
	readonly #reads: ArchiveReads;
	readonly #tree: FileTree;
	readonly #onLogs: (count: number) => void;
	readonly #promptOfConfig = new Map<string, string>();
	readonly #exported = Object.fromEntries(kinds.map((kind) => [kind, 0])) as Exported;

	constructor(reads: ArchiveReads, folder: string, onLogs: (count: number) => void) {
		this.#reads = reads;
		this.#tree = new FileTree(folder);
		this.#onLogs = onLogs;
	}

	/** Versions come before logs, because a log can have a version of another project. */
	async run(): Promise<Exported> {
		const projects: string[] = [];
		const environments = await this.#reads.environments();
		this.#tree.json('environments.json', environments);
		this.#exported.environments = environments.length;
		for await (const project of this.#reads.projects()) {
			await this.#addProject(project);
			if (project.deletedAt === null) {
				projects.push(project.id);
				await this.#addDeployments(project.id, environments);
			}
		}
		const aliases: Record<string, string> = {};
		for await (const { alias, configId } of this.#reads.aliases()) aliases[alias] = configId;
		this.#tree.json('aliases.json', aliases);
		this.#exported.aliases = Object.keys(aliases).length;
		await this.#tree.lines('sessions.jsonl', this.#sessions());
		for (const id of projects) await this.#tree.numberedLines(join('files', id, 'logs'), this.#logs(id));
		await this.#tree.numberedLines('logs', this.#logs(null));
		return this.#exported;
	}

	async #addProject(project: Project): Promise<void> {
		const folder = join('files', project.id);
		const types = await this.#reads.feedbackTypes(project.id);
		this.#tree.json(join(folder, 'file.json'), {
			...inSnakeCase(project),
			path: project.name,
			type: 'prompt',
			feedback_types: types.map(({ projectId: _, ...type }) => type),
		});
		for (const config of await this.#reads.configs(project)) {
			this.#promptOfConfig.set(config.id, project.id);
			this.#tree.json(join(folder, 'versions', config.id), toVersion(project, config));
			this.#exported.versions += 1;
		}
		this.#exported.projects += 1;
	}

	async #addDeployments(projectId: string, environments: Environment[]): Promise<void> {
		const byId = new Map(environments.map((environment) => [environment.id, environment]));
		const deployed = await this.#reads.deployed(projectId);
		this.#exported.deployments += deployed.length;
		const folder = join('files', projectId);
		this.#tree.json(
			join(folder, 'deployments.json'),
			deployed.map(({ configId, environmentId }) => {
				const { name, tag } = byId.get(environmentId) as Environment;
				const environment = { environment_id: environmentId, environment_name: name, environment_tag: tag };
				return { version_id: configId, ...environment };
			}),
		);
		await this.#tree.lines(join(folder, 'deployment_history.jsonl'), this.#history(projectId));
	}

	async *#history(projectId: string): AsyncGenerator<object> {
		for await (const { projectId: _, ...deployment } of this.#reads.deployments(projectId))
			yield inSnakeCase(deployment);
	}

	async *#sessions(): AsyncGenerator<object> {
		for await (const session of this.#reads.sessions()) {
			this.#exported.sessions += 1;
			yield inSnakeCase(session);
		}
	}

	async *#logs(projectId: string | null): AsyncGenerator<object> {
		for await (const log of this.#reads.logs(projectId)) {
			yield this.#toLine(log);
			this.#exported.logs += 1;
			this.#exported.feedback += log.feedback.length;
			if (this.#exported.logs % 500 === 0) this.#onLogs(this.#exported.logs);
		}
	}

	#toLine(log: ArchivedLog): object {
		return toLine(log, this.#promptOfConfig.get(log.configId) as string);
	}
}

/**
 * Writes all prompts and logs into a folder, in the form of Humanloop's exports with what that lacks. Equal data gives equal
 * bytes. `onLogs` is told now and then how many logs were written.
 */
export function exportAll(reads: ArchiveReads, folder: string, onLogs: (count: number) => void): Promise<Exported> {
	return new Export(reads, folder, onLogs).run();
}
