import type { Static, TObject, TSchema } from 'typebox';
import { jsonOf } from '../domain/largeJson.ts';

type Stored<S extends TSchema> = S extends { storedAs: 'json' }
	? string | Extract<Static<S>, null>
	: Static<S> extends boolean | null
		? number | Extract<Static<S>, null>
		: Static<S>;

/** An entity as its columns are stored: JSON as text, booleans as 0 and 1, everything else as it is. */
export type Row<T extends TObject> = { [K in keyof T['properties']]: Stored<T['properties'][K]> };

/** The value of a JSON column. */
export function fromJson<T>(text: string | null): T | null {
	return text === null ? null : (JSON.parse(text) as T);
}

/** The text of a JSON column. Objects of an entity that is stored do not change any more. */
function toJson(value: unknown): string | null | undefined {
	if (value === null) return null;
	return typeof value === 'object' ? jsonOf(value) : JSON.stringify(value);
}

/**
 * Converts between an entity and its row, by the entity's schema. Columns that the schema does not have stay as they
 * are. `decode` changes the row, for speed.
 * Only columns that are declared as JSON are parsed: an output that looks like JSON is text.
 */
export function codecOf<T extends TObject>(schema: T) {
	const columns = Object.entries(schema.properties as Record<string, { storedAs?: string; type?: unknown }>);
	const json = columns.filter(([, { storedAs }]) => storedAs === 'json').map(([name]) => name);
	const booleans = columns.filter(([, { type }]) => [type].flat().includes('boolean')).map(([name]) => name);
	return {
		encode: <E extends Static<T>>(entity: E): Row<T> & Omit<E, keyof Static<T>> => {
			const row = { ...(entity as Record<string, unknown>) };
			for (const name of json) row[name] = toJson(row[name]);
			for (const name of booleans) row[name] = row[name] === null ? null : Number(row[name]);
			return row as Row<T> & Omit<E, keyof Static<T>>;
		},
		decode: <R extends Row<T>>(row: R): Static<T> & Omit<R, keyof Static<T>> => {
			const entity = row as Record<string, unknown>;
			for (const name of json) entity[name] = fromJson(entity[name] as string | null);
			for (const name of booleans) entity[name] = entity[name] === null ? null : entity[name] === 1;
			return entity as Static<T> & Omit<R, keyof Static<T>>;
		},
	};
}
