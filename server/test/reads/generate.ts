import { sql } from 'kysely';
import { type Environment, type Log, newLog } from '../../src/domain/entities.ts';
import { newId } from '../../src/domain/ids.ts';
import { setDeployedConfig } from '../../src/storage/deployments.ts';
import type { Dialect } from '../../src/storage/dialect.ts';
import { environmentByName } from '../../src/storage/environments.ts';
import { GroupCommit } from '../../src/storage/groupCommit.ts';
import { insertLogs } from '../../src/storage/logs.ts';
import { addNext } from '../../src/storage/searchIndex.ts';
import type { Database } from '../../src/storage/tables.ts';

/* Makes a database with many logs, of sizes as they are in practice: about 500 bytes of inputs and 200 of output. */

const configsPerProject = 3;
const logsPerSession = 20;
const logsPerCommit = 2_000;
const startTime = Date.parse('2024-01-01T00:00:00Z');

/** Words of known frequency. None is a part of another text that the generator makes. */
export const words = {
	/** In no log. */
	absent: 'xylophone',
	/** In no log, and made of syllables that are in many. */
	absentCommon: 'tionterver',
	/** In five logs of each project. */
	rare: 'zeppelin',
	/** In one log of a hundred. */
	onePercent: 'quagmire',
	/** In each log. */
	every: 'customer',
} as const;

/** The source of one log in a thousand, and that of most. */
export const sources = { rare: 'import', most: 'n8n' } as const;

/** Numbers from 0 to 1, the same ones for the same seed (Park and Miller's generator). */
function randomNumbers(seed: number): () => number {
	let state = seed;
	return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

const syllables =
	'ba ti ro ne ka lu mo se vi da per con tra ing er st an the par cel ref und or de li ver tion com'.split(' ');

/** Words of one to three syllables, of which a few are used often, as in a language. */
function textMaker(random: () => number): (length: number) => string {
	const vocabulary = Array.from({ length: 8_000 }, () =>
		Array.from({ length: 1 + Math.floor(random() * 3) }, () => syllables[Math.floor(random() * syllables.length)]).join(
			'',
		),
	).filter((word) => !word.includes(words.absentCommon));
	return (length) => {
		let text = '';
		while (text.length < length) text += `${vocabulary[Math.floor(random() ** 3 * vocabulary.length)]} `;
		return text;
	};
}

type Target = { projectId: string; configIds: string[] };

async function createTargets(db: Database, projectCount: number): Promise<Target[]> {
	const now = new Date(startTime).toISOString();
	const targets: Target[] = [];
	for (let index = 0; index < projectCount; index += 1) {
		const projectId = newId('pr');
		const configIds = Array.from({ length: configsPerProject }, () => newId('config'));
		const times = { createdAt: now, updatedAt: now };
		await db
			.insertInto('projects')
			.values({ id: projectId, name: `project ${index}`, deletedAt: null, ...times })
			.execute();
		const parameters = JSON.stringify({
			...{ provider: 'mock', model: 'mock-1', endpoint: 'complete', prompt_template: 'Answer: {{ticket}}', other: {} },
			...{ max_tokens: -1, temperature: 1, top_p: 1, presence_penalty: 0, frequency_penalty: 0 },
		});
		const common = { projectId, description: null, parameters, ...times };
		await db
			.insertInto('configs')
			.values(configIds.map((id) => ({ ...common, id, hash: id, name: id })))
			.execute();
		const environment = (await environmentByName(db, undefined)) as Environment;
		await setDeployedConfig(db, projectId, environment.id, configIds[0] as string);
		targets.push({ projectId, configIds });
	}
	return targets;
}

/** Adds configs to a project of `fillDatabase`, with the model of its others. Their logs were deleted. */
export async function addConfigs({ writer }: Dialect, projectId: string, count: number): Promise<void> {
	const numbers = sql`with recursive n (i) as (select 1 union all select i + 1 from n where i < ${sql.lit(count)})`;
	const project = sql.lit(projectId);
	const now = sql.lit(new Date(startTime).toISOString());
	await sql`
		insert into configs (id, project_id, hash, name, parameters, created_at, updated_at)
		${numbers}
		select 'config_more_' || i, ${project}, 'more ' || i, 'more ' || i, '{"model":"mock-1"}', ${now}, ${now} from n
	`.execute(writer);
	await sql`
		insert into log_counts (project_id, config_id, shard, count)
		${numbers}
		select ${project}, 'config_more_' || i, 0, 0 from n
	`.execute(writer);
}

class LogMaker {
	readonly #random = randomNumbers(42);
	readonly #text = textMaker(this.#random);
	readonly #targets: Target[];
	readonly #total: number;
	#made = 0;
	#session = '';

	constructor(targets: Target[], total: number) {
		this.#targets = targets;
		this.#total = total;
	}

	/** The next logs, and the sessions that begin with them. Each log is of the session's project. */
	next(): { logs: Log[]; sessions: { id: string; createdAt: string; projectId: string }[] } {
		const logs: Log[] = [];
		const sessions: { id: string; createdAt: string; projectId: string }[] = [];
		while (logs.length < logsPerCommit && this.#made < this.#total) {
			const target = this.#targets[Math.floor(this.#made / logsPerSession) % this.#targets.length] as Target;
			const createdAt = new Date(startTime + this.#made * 13_000).toISOString();
			if (this.#made % logsPerSession === 0) {
				this.#session = newId('sesh');
				sessions.push({ id: this.#session, createdAt, projectId: target.projectId });
			}
			logs.push(...this.#call(target, createdAt));
		}
		return { logs, sessions };
	}

	/** The logs of one call. One in twenty has three samples, which share the inputs. */
	#call({ projectId, configIds }: Target, createdAt: string): Log[] {
		const samples = Math.min(this.#made % logsPerSession === 7 ? 3 : 1, this.#total - this.#made);
		const inputs = { name: this.#text(20), ticket: `${words.every} ${this.#text(470)}` };
		const common = {
			projectId,
			configId: configIds[this.#made % configsPerProject] as string,
			sessionId: this.#session,
			inputs,
			source: this.#random() < 0.001 ? sources.rare : this.#random() < 0.7 ? sources.most : 'api',
			user: `user-${Math.floor(this.#random() * 500)}`,
			save: true,
			providerRequest: { model: 'mock-1', messages: [{ role: 'user', content: `Answer: ${inputs.ticket}` }] },
			createdAt,
			updatedAt: createdAt,
		};
		return Array.from({ length: samples }, (_, sampleIndex) => {
			const output = this.#output();
			this.#made += 1;
			return newLog({ ...common, id: newId('data'), sampleIndex, output, rawOutput: output, finishReason: 'stop' });
		});
	}

	#output(): string {
		const every = Math.floor(this.#total / 5);
		const isRare =
			every > 0 && this.#made % every < logsPerSession * this.#targets.length && this.#made % logsPerSession === 3;
		const marks = [isRare ? words.rare : '', this.#random() < 0.01 ? words.onePercent : ''];
		return [this.#text(100), ...marks, this.#text(100)].join(' ');
	}
}

/** PostgreSQL's index is made faster at the end than row by row. */
async function withoutIndex(dialect: Dialect, work: () => Promise<void>): Promise<void> {
	if (dialect.name === 'sqlite') return work();
	// Not the writer's connection, whose statements have a time limit.
	const { maintenance } = dialect;
	const { rows } = await sql<{ indexdef: string }>`
		select indexdef from pg_indexes where schemaname = current_schema() and indexname = 'log_texts_by_text'
	`.execute(maintenance);
	await sql`drop index log_texts_by_text`.execute(maintenance);
	await work();
	await maintenance.connection().execute(async (connection) => {
		await sql`set maintenance_work_mem = '1GB'`.execute(connection);
		await sql.raw(rows[0]?.indexdef as string).execute(connection);
		await sql`vacuum analyze`.execute(connection);
	});
}

/** Fills an empty database with that many logs and puts all of them into the search index. */
export async function fillDatabase(
	dialect: Dialect,
	total: number,
	{ projects = 5, report = () => undefined }: { projects?: number; report?: (stored: number) => void } = {},
): Promise<void> {
	const groupCommit = new GroupCommit(dialect);
	const maker = new LogMaker(await groupCommit.write((db) => createTargets(db, projects)), total);
	for (let stored = 0; stored < total;) {
		const { logs, sessions } = maker.next();
		await groupCommit.write(async (db) => {
			const rows = sessions.map(({ id, createdAt }) => ({ id, referenceId: null, createdAt, updatedAt: createdAt }));
			if (rows.length > 0) await db.insertInto('sessions').values(rows).execute();
			const pairs = sessions.map(({ id, createdAt, projectId }) => ({
				projectId,
				sessionCreatedAt: createdAt,
				sessionId: id,
			}));
			if (pairs.length > 0) await db.insertInto('sessionProjects').values(pairs).execute();
			await insertByCall(dialect, db, logs);
		});
		stored += logs.length;
		report(stored);
	}
	await withoutIndex(dialect, async () => {
		while (await groupCommit.write((db) => addNext(dialect, db)));
	});
}

/** `insertLogs` compares the logs of a call with each other, so it gets few at a time. */
async function insertByCall({ name }: Dialect, db: Database, logs: Log[]): Promise<void> {
	const calls = [...Map.groupBy(logs, ({ inputs }) => inputs).values()];
	for (let from = 0; from < calls.length; from += 50) {
		await insertLogs(name, db, calls.slice(from, from + 50).flat());
	}
}
