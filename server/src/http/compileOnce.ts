/** JSON Schema, as routes have it. */
type Schema = object;

/**
 * Compiles each schema when it is first used, and once in this process: `compile` turns a schema into a function. Many
 * routes share a schema, and most of those for errors are never used. To compile all of them takes longer than the rest of
 * the start.
 */
export function compileOnce<Parameters extends unknown[], Returned>(
	compile: (schema: Schema) => (...parameters: Parameters) => Returned,
): (schema: Schema) => (...parameters: Parameters) => Returned {
	const compiled = new Map<string, (...parameters: Parameters) => Returned>();
	return (schema) => {
		const text = JSON.stringify(schema);
		return (...parameters) => {
			let run = compiled.get(text);
			if (run === undefined) {
				run = compile(schema);
				compiled.set(text, run);
			}
			return run(...parameters);
		};
	};
}
