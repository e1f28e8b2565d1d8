import { ToolConfig } from '../domain/entities.ts';
import { newId } from '../domain/ids.ts';
import type { NewToolConfig } from '../domain/store.ts';
import { codecOf } from './codec.ts';
import type { Database } from './tables.ts';

const { encode, decode } = codecOf(ToolConfig);

function selectTool(db: Database, id: string) {
	return db.selectFrom('configs').selectAll().where('id', '=', id).where('type', '=', 'tool');
}

/** Without those of deleted projects. */
export async function toolConfigById(db: Database, id: string): Promise<ToolConfig | undefined> {
	const row = await selectTool(db, id)
		.where('projectId', 'in', (eb) => eb.selectFrom('projects').select('id').where('deletedAt', 'is', null))
		.executeTakeFirst();
	return row && decode(row);
}

/** Also if its project was deleted. */
export async function toolConfigOfLog(db: Database, id: string): Promise<ToolConfig | undefined> {
	const row = await selectTool(db, id).executeTakeFirst();
	return row && decode(row);
}

/** The ID of the project's tool config with that hash. If there is none, creates it. It never becomes the active config. */
export async function findOrCreateToolConfig(
	db: Database,
	projectId: string,
	{ proposedId, ...values }: NewToolConfig,
): Promise<string> {
	const find = () =>
		db
			.selectFrom('configs')
			.select('id')
			.where('projectId', '=', projectId)
			.where('hash', '=', values.hash)
			.executeTakeFirst();
	const now = new Date().toISOString();
	for (const id of [proposedId, newId('config')]) {
		const known = await find();
		if (known !== undefined) return known.id;
		// Another process may store it meanwhile, and a config of another project can have the ID.
		await db
			.insertInto('configs')
			.values({ ...encode({ ...values, id, projectId, createdAt: now, updatedAt: now }), type: 'tool' })
			.onConflict((conflict) => conflict.doNothing())
			.execute();
	}
	return ((await find()) as { id: string }).id;
}
