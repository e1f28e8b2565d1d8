import { CamelCasePlugin, type PluginTransformQueryArgs } from 'kysely';

/**
 * The plugin converts names in results only. For the names in a statement it would copy the whole statement first, which
 * made storing a log take a fifth longer. So the compiler of each dialect converts those, with `toSnakeCase`.
 */
class CamelCaseResults extends CamelCasePlugin {
	override transformQuery({ node }: PluginTransformQueryArgs) {
		return node;
	}

	toSnakeCase(name: string): string {
		return this.snakeCase(name);
	}

	toCamelCase(row: Record<string, unknown>): Record<string, unknown> {
		return this.mapRow(row);
	}
}

/** Kysely's plugin for every dialect: the columns of results in camel case. */
export const camelCase = new CamelCaseResults({ maintainNestedObjectKeys: true });

/** The name of a table or column in a statement. */
export function toSnakeCase(name: string): string {
	return camelCase.toSnakeCase(name);
}

/**
 * A value as it is stored and looked for: NUL characters become U+FFFD. PostgreSQL cannot store them in a text, and both
 * databases treat the same text alike. JSON has them as six characters, so they stay there.
 */
export function toStored(value: unknown): unknown {
	return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value;
}
