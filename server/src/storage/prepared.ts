import type { Compilable, CompiledQuery } from 'kysely';
import { toStored } from './names.ts';
import type { Row, Statement } from './sqlite/connection.ts';
import type { Database } from './tables.ts';

/** Stands for a value in a statement that is compiled before its values are known. */
class Placeholder {
	readonly name: string;

	constructor(name: string) {
		this.name = name;
	}
}

type ValueOf<V> = <N extends keyof V & string>(name: N) => V[N];

/**
 * A statement that is compiled once for each dialect: that takes longer than to execute it. `build` makes it, with
 * `value('name')` in place of each value. The function that is returned fills them in.
 */
export function prepared<V extends Record<string, unknown>, O = unknown>(
	build: (db: Database, value: ValueOf<V>) => Compilable<O>,
): (db: Database, values: V) => CompiledQuery<O> {
	const value = ((name: string) => new Placeholder(name)) as unknown as ValueOf<V>;
	const compiled = new WeakMap<object, CompiledQuery<O>>();
	return (db, values) => {
		// Each dialect has its own.
		const dialect = db.getExecutor().adapter.constructor;
		let query = compiled.get(dialect);
		if (query === undefined) compiled.set(dialect, (query = build(db, value).compile()));
		const parameters = query.parameters.map((parameter) =>
			parameter instanceof Placeholder ? toStored(values[parameter.name]) : parameter,
		);
		return { ...query, parameters };
	};
}

/** Executes a statement in this thread and returns its first row, with the columns' names in camel case. */
type FirstRow = (statement: Statement) => Row | undefined;

/** The databases that can do so. */
const direct = new WeakMap<Database, FirstRow>();

/** Makes `firstRow` execute statements on this database without Kysely, whose way to a connection takes as long as they do. */
export function readDirectlyOn(db: Database, first: FirstRow): void {
	direct.set(db, first);
}

/** Executes a statement and returns its first row. */
export async function firstRow<O>(db: Database, query: CompiledQuery<O>): Promise<O | undefined> {
	const first = direct.get(db);
	return first === undefined ? (await db.executeQuery(query)).rows[0] : (first(query) as O | undefined);
}
