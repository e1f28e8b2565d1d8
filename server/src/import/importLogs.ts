import { ApiError } from '../domain/apiError.ts';
import type { AddedLogs, ArchivedConfig, ArchiveWrites, ParentLink } from '../domain/archive.ts';
import type { Store } from '../domain/store.ts';
import { ImportProblem } from './importProblem.ts';
import type { ImportReport } from './importReport.ts';
import { type ImportedLog, toLog } from './logLine.ts';
import { type JsonLine, readLines } from './readJson.ts';
import { toConfig } from './versionFile.ts';

/** How many logs, and about how many bytes of lines, are stored in a transaction. */
const maxLogs = 500;
const maxBytes = 8 * 1024 * 1024;

/** A file of logs, and the project whose logs they are. */
export type LogFile = { path: string; project: { id: string; name: string } | null };

/** A log, its line, and the config that has to be stored with it because the export has no other file for it. */
type ReadyLog = ImportedLog & { line: number; config: ArchivedConfig | undefined };

type StoredBatch = AddedLogs & { sessions: number; configs: Map<string, string> };

/** Items in groups of bounded size. */
async function* batches<T>(items: AsyncIterable<{ item: T; bytes: number }>): AsyncGenerator<T[]> {
	let batch: T[] = [];
	let total = 0;
	for await (const { item, bytes } of items) {
		batch.push(item);
		total += bytes;
		if (batch.length < maxLogs && total < maxBytes) continue;
		yield batch;
		batch = [];
		total = 0;
	}
	if (batch.length > 0) yield batch;
}

/** Reads files of logs and stores them in batches, so that the memory that it takes does not grow with their length. */
export class LogImport {
	readonly #store: Store;
	readonly #report: ImportReport;
	readonly #now: string;
	/** The IDs of stored configs by the IDs that lines name. */
	readonly #configIds = new Map<string, string>();

	constructor(store: Store, report: ImportReport, now: string) {
		this.#store = store;
		this.#report = report;
		this.#now = now;
	}

	/**
	 * Stores the logs of a file. `onLogs` is told how many were read since the last time. Returns whether some of them are
	 * without their parent.
	 */
	async add(file: LogFile, onLogs: (count: number) => void): Promise<boolean> {
		let lacksParents = false;
		for await (const batch of batches(this.#readyLogs(file))) {
			lacksParents = (await this.#addBatch(file, batch)) || lacksParents;
			onLogs(batch.length);
		}
		return lacksParents;
	}

	/** Gives the logs of a file the parents that were stored after them. */
	async addParents(file: LogFile): Promise<void> {
		for await (const links of batches(this.#links(file))) {
			const missing = await this.#store.write(({ archive }) => archive.addParents(links));
			if (missing > 0)
				this.#report.skip(
					'parent of a log that is not in the export',
					'parents of logs that are not in the export',
					missing,
				);
		}
	}

	async *#links(file: LogFile): AsyncGenerator<{ item: ParentLink; bytes: number }> {
		for await (const line of readLines(file.path)) {
			let log: ImportedLog['log'];
			try {
				log = toLog(line.value(), null, this.#now).log;
			} catch {
				// The first pass has reported it.
				continue;
			}
			const { id, parentId } = log;
			if (parentId !== null) yield { item: { id, parentId }, bytes: 0 };
		}
	}

	async *#readyLogs(file: LogFile): AsyncGenerator<{ item: ReadyLog; bytes: number }> {
		for await (const line of readLines(file.path)) {
			try {
				yield { item: await this.#ready(file, line), bytes: line.bytes };
			} catch (error) {
				this.#report.break(`${file.path}, line ${line.line}`, error);
			}
		}
	}

	async #ready({ project }: LogFile, { line, value }: JsonLine): Promise<ReadyLog> {
		const entry = toLog(value(), project?.id ?? null, this.#now);
		const { version } = entry;
		if (this.#configIds.has(version.version_id)) return { ...entry, line, config: undefined };
		const id = version.version_id;
		const known = (await this.#store.configOfLog(id)) ?? (await this.#store.toolConfigOfLog(id));
		if (known !== undefined) {
			this.#configIds.set(version.version_id, known.id);
			return { ...entry, line, config: undefined };
		}
		if (project === null || typeof version['model'] !== 'string')
			throw new ImportProblem(`prompt.version_id: there is no version ${version.version_id}`);
		return { ...entry, line, config: toConfig(version, project, this.#now).config };
	}

	/** Returns whether some of the logs are without their parent. */
	async #addBatch(file: LogFile, batch: ReadyLog[]): Promise<boolean> {
		try {
			const added = await this.#store.write(({ archive }) => this.#write(archive, batch));
			this.#count(batch, added);
			return added.withoutParent > 0;
		} catch (error) {
			if (!(error instanceof ApiError) || error.status >= 500) throw error;
			if (batch.length > 1) return this.#addEach(file, batch);
			this.#report.break(`${file.path}, line ${batch[0]?.line}`, error);
			return false;
		}
	}

	/** One of them is what the database does not take. */
	async #addEach(file: LogFile, batch: ReadyLog[]): Promise<boolean> {
		let lacksParents = false;
		for (const entry of batch) lacksParents = (await this.#addBatch(file, [entry])) || lacksParents;
		return lacksParents;
	}

	async #write(archive: ArchiveWrites, batch: ReadyLog[]): Promise<StoredBatch> {
		const configs = new Map<string, string>();
		for (const { version, config } of batch)
			if (config !== undefined && !configs.has(version.version_id))
				configs.set(version.version_id, (await archive.addConfig(config)).stored.id);
		const sessions = await this.#addSessions(archive, batch);
		const logs = batch.map(({ log, session, version }) => ({
			...log,
			configId: configs.get(version.version_id) ?? (this.#configIds.get(version.version_id) as string),
			sessionId: session === null ? null : (sessions.ids.get(session.id) as string),
		}));
		return { ...(await archive.addLogs(logs)), sessions: sessions.added, configs };
	}

	/** The IDs of the stored sessions by those of the batch. The sessions of traces are used until their last log. */
	async #addSessions(archive: ArchiveWrites, batch: ReadyLog[]): Promise<{ ids: Map<string, string>; added: number }> {
		const ids = new Map<string, string>();
		const usedAt = new Map<string, string>();
		let added = 0;
		for (const { session } of batch) {
			if (session === null) continue;
			if (!ids.has(session.id)) {
				const { stored, isNew } = await archive.addSession(session);
				ids.set(session.id, stored.id);
				added += Number(isNew);
			}
			if (session.referenceId === null) continue;
			const id = ids.get(session.id) as string;
			if ((usedAt.get(id) ?? '') < session.updatedAt) usedAt.set(id, session.updatedAt);
		}
		await archive.touchSessions(usedAt);
		return { ids, added };
	}

	#count(batch: ReadyLog[], { logs, feedback, sessions, configs }: StoredBatch): void {
		const report = this.#report;
		report.count('logs', true, logs);
		report.count('logs', false, batch.length - logs);
		report.count('feedback', true, feedback);
		report.count('sessions', true, sessions);
		report.count('versions', true, configs.size);
		for (const [id, storedId] of configs) this.#configIds.set(id, storedId);
		for (const { withoutPlace } of batch) for (const key of withoutPlace) report.skip(`log's ${key}`, `logs' ${key}`);
	}
}
