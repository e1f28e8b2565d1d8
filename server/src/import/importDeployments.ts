import { join } from 'node:path';
import { Type } from 'typebox';
import { maxNameLength, Opt } from '../contract/fields.ts';
import { ApiError } from '../domain/apiError.ts';
import type { DeployedConfig, Deployment, Environment } from '../domain/entities.ts';
import { newId } from '../domain/ids.ts';
import type { Store } from '../domain/store.ts';
import { isThere } from './exportTree.ts';
import { checked, Id, Text, timeIn } from './fields.ts';
import { ImportProblem } from './importProblem.ts';
import type { ImportReport } from './importReport.ts';
import { readLines, readList } from './readJson.ts';

type JsonObject = Record<string, unknown>;

const Name = Type.String({ minLength: 1, maxLength: maxNameLength });
const EnvironmentFile = Type.Object({ id: Id, name: Name, tag: Name });
const Deployed = Type.Object({ version_id: Id, environment_id: Id, environment_name: Name, environment_tag: Name });
const HistoryLine = Type.Object({
	id: Id,
	number: Type.Integer({ minimum: 1 }),
	environment_id: Id,
	environment_name: Name,
	config_id: Opt(Id),
	replaced_config_id: Opt(Id),
	rollback_of: Opt(Id),
	actor_key_id: Text,
	actor_name: Text,
	created_at: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d' }),
});

/** Who deployed the versions of an export from Humanloop: it does not say. */
const actor = { actorKeyId: null, actorName: 'import' };

/** What is deployed, and where. */
type KnownDeployment = { config: DeployedConfig; environment: Environment };
/** A deployment whose version is not there. */
type MissingVersion = { versionId: string; environment: string };

/** Imports environments, and what prompts have deployed there. */
export class DeploymentImport {
	readonly #store: Store;
	readonly #report: ImportReport;
	readonly #now: string;
	/** The environments here by their IDs in the export. null: it cannot be here. */
	readonly #environments = new Map<string, Environment | null>();

	/** `now` is the time of what has none. */
	constructor(store: Store, report: ImportReport, now: string) {
		this.#store = store;
		this.#report = report;
		this.#now = now;
	}

	/** Stores the environments in a file of an export of this server. None if the file is not there. */
	async addEnvironments(path: string): Promise<void> {
		if (!isThere(path)) return;
		try {
			for (const value of readList(path)) {
				const { id, name, tag } = checked(EnvironmentFile, value);
				await this.#environment({ id, name, tag: tag === 'default' ? 'default' : 'other' });
			}
		} catch (error) {
			this.#report.break(path, error);
		}
	}

	/**
	 * Stores what a project has deployed, by the files `deployments.json` and, in exports of this server, its history. None
	 * if they are not there. A deployment whose version is not there is left out, and listed: as a part that cannot be
	 * imported, or, with broken versions, which are such parts already, as a note.
	 */
	async add(projectId: string, folder: string, hasBrokenVersions: boolean): Promise<void> {
		const deployedPath = join(folder, 'deployments.json');
		const historyPath = join(folder, 'deployment_history.jsonl');
		try {
			const { deployed, missing } = isThere(deployedPath)
				? await this.#deployed(projectId, deployedPath)
				: { deployed: [], missing: [] };
			const history = isThere(historyPath)
				? await this.#history(projectId, historyPath)
				: deployed.map((one, index) => this.#entry(one, index + 1));
			this.#tellMissing(folder, missing, hasBrokenVersions);
			if (deployed.length === 0 && history.length === 0) return;
			const configs = deployed.map(({ config }) => config);
			const added = await this.#store.write(({ archive }) => archive.addDeployments(projectId, configs, history));
			this.#report.count('deployments', true, added);
			this.#report.count('deployments', false, deployed.length - added);
		} catch (error) {
			this.#report.break(deployedPath, error);
		}
	}

	#tellMissing(folder: string, missing: MissingVersion[], hasBrokenVersions: boolean): void {
		if (missing.length === 0) return;
		const path = join(folder, 'deployments.json');
		const list = missing.map(({ versionId, environment }) => `${versionId} in "${environment}"`).join(', ');
		const words = `these deployments are not imported, because the version is not there: ${list}`;
		const advice = hasBrokenVersions ? 'Correct the version' : 'Add the version to the folder "versions"';
		const text = `${words}. ${advice}, and import again`;
		if (hasBrokenVersions) this.#report.note(`${this.#report.placeOf(path)}: ${text}.`);
		else this.#report.break(path, new ImportProblem(text));
	}

	async #environment(wanted: Environment): Promise<Environment | null> {
		const known = this.#environments.get(wanted.id);
		if (known !== undefined) return known;
		const environment = await this.#store
			.write(({ archive }) => archive.addEnvironment(wanted))
			.catch((error: unknown) => {
				if (!(error instanceof ApiError) || error.status >= 500) throw error;
				this.#report.note(`The environment "${wanted.name}" is not imported. ${error.message}`);
				return null;
			});
		if (environment !== null) {
			const { stored, isNew } = environment;
			this.#report.count('environments', isNew);
			if (stored.name !== wanted.name)
				this.#report.note(`The environment "${wanted.name}" of the export is "${stored.name}" here.`);
		}
		this.#environments.set(wanted.id, environment?.stored ?? null);
		return environment?.stored ?? null;
	}

	async #deployed(
		projectId: string,
		path: string,
	): Promise<{ deployed: KnownDeployment[]; missing: MissingVersion[] }> {
		const missing: MissingVersion[] = [];
		const deployed = new Map<string, KnownDeployment>();
		for (const value of readList(path)) {
			const { version_id: versionId, ...line } = checked(Deployed, value);
			const tag = line.environment_tag === 'default' ? 'default' : 'other';
			const environment = await this.#environment({ id: line.environment_id, name: line.environment_name, tag });
			const config = await this.#store.configOfLog(versionId);
			if (config?.projectId !== projectId) missing.push({ versionId, environment: line.environment_name });
			else if (environment === null)
				this.#report.skip(
					'deployment in an environment that is not imported',
					'deployments in environments that are not imported',
				);
			else {
				const one = { projectId, environmentId: environment.id, configId: config.id };
				deployed.set(environment.id, { config: one, environment });
			}
		}
		return { deployed: [...deployed.values()], missing };
	}

	#entry({ config, environment }: KnownDeployment, number: number): Deployment {
		const nothing = { replacedConfigId: null, rollbackOf: null };
		const head = { id: newId('dep'), number, environmentName: environment.name };
		return { ...head, ...config, ...nothing, ...actor, createdAt: this.#now };
	}

	async #history(projectId: string, path: string): Promise<Deployment[]> {
		const history: Deployment[] = [];
		for await (const { line, value } of readLines(path)) {
			try {
				history.push(this.#historyEntry(projectId, value()));
			} catch (error) {
				this.#report.break(`${path}, line ${line}`, error);
			}
		}
		return history;
	}

	#historyEntry(projectId: string, value: JsonObject): Deployment {
		const line = checked(HistoryLine, value);
		const environment = this.#environments.get(line.environment_id);
		return {
			id: line.id,
			projectId,
			number: line.number,
			environmentId: environment?.id ?? line.environment_id,
			environmentName: line.environment_name,
			configId: line.config_id ?? null,
			replacedConfigId: line.replaced_config_id ?? null,
			rollbackOf: line.rollback_of ?? null,
			actorKeyId: line.actor_key_id ?? null,
			actorName: line.actor_name ?? null,
			createdAt: timeIn('created_at', line.created_at) as string,
		};
	}
}
