import { readFileSync } from 'node:fs';
import { Value } from 'typebox/value';
import type { Static } from 'typebox';
import { ModelsFile } from '../contract/models.ts';
import { type SchemaError, validationDetails } from '../contract/validationErrors.ts';
import { messageOf } from '../domain/apiError.ts';
import type { Shutdown } from '../domain/models/endOfLife.ts';
import { OperatorError } from '../domain/operatorError.ts';

function problem(path: string, what: string): OperatorError {
	return new OperatorError(`MODELS_FILE (${path}) cannot be read: ${what}.`);
}

function jsonIn(path: string): unknown {
	try {
		return JSON.parse(readFileSync(path, 'utf8'));
	} catch (error) {
		throw problem(path, messageOf(error));
	}
}

/** Whether the calendar has the day: 2026-02-30 has the form of one. */
function isDay(text: string): boolean {
	const time = Date.parse(`${text}T00:00:00Z`);
	return !Number.isNaN(time) && new Date(time).toISOString().startsWith(`${text}T`);
}

/**
 * What an operator's own file says about the end of models. Throws OperatorError that names the file, the entry and what
 * is wrong with it.
 */
export function readModelsFile(path: string): Shutdown[] {
	const content = jsonIn(path);
	const [wrong] = validationDetails([...Value.Errors(ModelsFile, content)] as SchemaError[], 'entries', content);
	if (wrong !== undefined) throw problem(path, `${wrong.loc.join('.')}: ${wrong.msg}`);
	return (content as Static<typeof ModelsFile>).map((entry, index) => {
		const { provider, model, shut_down_on: shutDownOn, successor, source } = entry;
		if (shutDownOn !== null && !isDay(shutDownOn))
			throw problem(path, `entries.${index}.shut_down_on: it must be a day, such as 2027-01-31`);
		return { provider, model, shutDownOn, successor: successor ?? null, source };
	});
}
