import { type RawBuilder, sql } from 'kysely';
import { ModelConfig } from '../domain/entities.ts';
import { modelsOf } from '../domain/prompts/fallback.ts';
import type { ModelUse } from '../domain/store.ts';
import { codecOf } from './codec.ts';
import type { Dialect, DialectName } from './dialect.ts';

const { decode } = codecOf(ModelConfig);

const maxModels = 1_000;

const parameters = sql.ref('configs.parameters');

function field(name: DialectName, key: 'provider' | 'model'): RawBuilder<string> {
	const json = name === 'postgres' ? sql`${parameters}::json` : parameters;
	return sql<string>`${json} ->> ${sql.lit(key)}`;
}

/** PostgreSQL cannot read a value out of JSON that has a NUL character anywhere. */
const hasNul = sql<boolean>`replace(${parameters}, ${sql.lit('\\u0000')}, '') <> ${parameters}`;

/** Configs with a fallback, and perhaps some whose parameters only look like that. */
const mayHaveFallback = sql<boolean>`${parameters} like ${sql.lit('%"fallback":[%')}`;

/** The models of the configs that the database itself cannot read, and of those that name several. There are few. */
async function modelsReadHere({ reader }: Pick<Dialect, 'reader'>): Promise<ModelUse[]> {
	const rows = await reader
		.selectFrom('configs')
		.innerJoin('projects', 'projects.id', 'configs.projectId')
		.selectAll('configs')
		.where('configs.type', '=', 'model')
		.where('projects.deletedAt', 'is', null)
		.where(sql<boolean>`(${hasNul} or ${mayHaveFallback})`)
		.execute();
	return rows.flatMap((row) => {
		const { id, parameters: config } = decode(row);
		return modelsOf(config).map((model) => ({ ...model, configs: 1, configId: id }));
	});
}

/** The same models of two lists count together. */
function merged(uses: ModelUse[]): ModelUse[] {
	const byName = new Map<string, ModelUse>();
	for (const use of uses) {
		const name = `${use.provider}\n${use.model}`;
		const known = byName.get(name);
		byName.set(name, known === undefined ? use : { ...known, configs: known.configs + use.configs });
	}
	return [...byName.values()].sort((a, b) => b.configs - a.configs);
}

/** The models that configs name as their own or in their fallback, those of the most configs first. */
export async function modelsInUse({ name, reader }: Pick<Dialect, 'name' | 'reader'>): Promise<ModelUse[]> {
	const named = reader
		.selectFrom('configs')
		.innerJoin('projects', 'projects.id', 'configs.projectId')
		.select(['configs.id as id', field(name, 'provider').as('provider'), field(name, 'model').as('model')])
		.where('configs.type', '=', 'model')
		.where('projects.deletedAt', 'is', null)
		.where(sql<boolean>`not (${hasNul} or ${mayHaveFallback})`);
	const uses = await reader
		.selectFrom(named.as('named'))
		.select((eb) => [
			'provider',
			'model',
			eb.fn.countAll<number>().as('configs'),
			eb.fn.min<string>('id').as('configId'),
		])
		.groupBy(['provider', 'model'])
		.orderBy('configs', 'desc')
		.orderBy('provider')
		.orderBy('model')
		.limit(maxModels)
		.execute();
	const others = await modelsReadHere({ reader });
	return others.length === 0 ? uses : merged([...uses, ...others]).slice(0, maxModels);
}
