import { readFileSync } from 'node:fs';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { type SchemaError, validationDetails } from '../contract/validationErrors.ts';
import { messageOf } from '../domain/apiError.ts';
import { OperatorError } from '../domain/operatorError.ts';

/** The error for a JSON file of the operator's. `setting` is the name of the setting that has its path. */
export function fileProblem(setting: string, path: string, what: string): OperatorError {
	return new OperatorError(`${setting} (${path}) cannot be read: ${what}.`);
}

/** What a JSON file contains. Throws OperatorError that names the file, the entry and what is wrong with it. */
export function readSettingFile<T extends TSchema>(setting: string, path: string, schema: T): Static<T> {
	let content: unknown;
	try {
		content = JSON.parse(readFileSync(path, 'utf8'));
	} catch (error) {
		throw fileProblem(setting, path, messageOf(error));
	}
	const [wrong] = validationDetails([...Value.Errors(schema, content)] as SchemaError[], 'entries', content);
	if (wrong !== undefined) throw fileProblem(setting, path, `${wrong.loc.join('.')}: ${wrong.msg}`);
	return content as Static<T>;
}
