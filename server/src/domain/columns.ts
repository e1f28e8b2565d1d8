import { type TUnsafe, Type } from 'typebox';
import { Nullable } from '../contract/fields.ts';

/* The kinds of columns that entities have. */

/** A value that the database stores as JSON text. */
export function Json<T>() {
	return Type.Unsafe<T>({ storedAs: 'json' }) as TUnsafe<T> & { storedAs: 'json' };
}

export type JsonObject = Record<string, unknown>;

export const text = Type.String();
export const nullableText = Nullable(text);
export const nullableNumber = Nullable(Type.Number());
export const nullableObject = Json<JsonObject | null>();
