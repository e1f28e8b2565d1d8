import type { IDataObject, IExecuteSingleFunctions, ResourceMapperValue } from 'n8n-workflow';

import { callApi } from '../callApi';
import { failedCallOf, fieldError } from '../errors';
import { FailedCallError } from '../failedCall';
import type { ItemRun } from '../itemRun';
import { jsonObject } from '../objects';
import { variablesOf } from '../template';

/** Where the values come from. */
interface Source {
	/** The field's name as the user sees it. */
	field: string;
	/** @param variables the template's, or null where it cannot be read */
	values(variables: string[] | null): IDataObject;
	/** Whether nothing but the template says which inputs there are. */
	needsTemplate?: boolean;
	/** What to do about a variable without a value. */
	remedy: string;
}

/**
 * The inputs of an item, checked against the template before anything is paid for.
 *
 * The template is read once for all items. Where it cannot be read, nothing is checked here: the completion
 * call itself will say what is wrong.
 *
 * @param configId the model config whose template the inputs fill
 * @returns one value per variable, or undefined when there are none
 * @throws NodeOperationError naming the variables without a value, or the inputs that are no variables, or when
 *   nothing says which inputs there are; FailedCallError when the template cannot be read just now, and only it
 *   could say
 */
export async function inputsFor(item: ItemRun, configId: string): Promise<IDataObject | undefined> {
	const { context, run, send } = item;
	const source = sourceOf(context);
	const read = () => run.once(`template of ${configId}`, () => readVariables(item, configId));
	const variables = source.needsTemplate ? await send(read) : await read().catch(() => null);

	const { field, remedy } = source;
	if (source.needsTemplate && !variables) {
		throw fieldError(
			context,
			field,
			'cannot be mapped automatically: the template cannot be read',
			"Check the 'Model Config', map each input manually, or choose 'Using JSON'.",
		);
	}
	const values = source.values(variables);
	if (variables) {
		const missing = variables.filter((name) => isMissing(values[name]));
		const unknown = Object.keys(values).filter((name) => !variables.includes(name));
		if (missing.length > 0) {
			const hint = unknown.length > 0 ? ` What is given but not in the template: ${unknown.join(', ')}.` : '';
			throw fieldError(context, field, `has no value for: ${missing.join(', ')}`, remedy + hint);
		}
		if (unknown.length > 0) {
			const names = variables.length > 0 ? `has: ${variables.join(', ')}` : 'has no variables';
			throw fieldError(
				context,
				field,
				`has what the template does not: ${unknown.join(', ')}`,
				`Remove it, or correct its name. The template ${names}.`,
			);
		}
	}
	return Object.keys(values).length > 0 ? values : undefined;
}

/** @returns null when the template cannot be read, for good */
async function readVariables({ context, request }: ItemRun, configId: string): Promise<string[] | null> {
	const url = `/model-configs/${encodeURIComponent(configId)}`;
	const read = await callApi(context, { ...request, method: 'GET', url, body: undefined }).then(
		(config) => ({ variables: variablesOf(config) }),
		(error: unknown) => ({ failed: failedCallOf(error) }),
	);
	if ('variables' in read) return read.variables;
	if (read.failed.isTransient) throw new FailedCallError(read.failed);
	return null;
}

function sourceOf(context: IExecuteSingleFunctions): Source {
	if (context.getNodeParameter('specifyInputs', 'fields') === 'json') {
		const field = 'Inputs (JSON)';
		return {
			field,
			values: () => jsonObject(context, field, context.getNodeParameter('inputsJson', '')) ?? {},
			remedy: 'Add each of them to the object, with a value that is not null.',
		};
	}
	// The whole parameter: n8n itself checks 'inputs.value', and its error has no item link.
	const mapper = context.getNodeParameter('inputs', {}) as Partial<ResourceMapperValue>;
	if (mapper.mappingMode === 'autoMapInputData') {
		return {
			field: 'Inputs',
			values: (variables) => pick(context.getInputData().json, variables ?? mapper.schema?.map(({ id }) => id) ?? []),
			needsTemplate: !mapper.schema?.length,
			remedy:
				"The incoming item has no such field, or it is null. Rename the item's field, or map each input manually.",
		};
	}
	return {
		field: 'Inputs',
		values: () => pick(mapper.value ?? {}, shownNames(mapper)),
		remedy: 'Fill it in. An expression that finds nothing counts as no value.',
	};
}

/** The editor keeps the values of fields that it shows no more, such as those of another template. */
function shownNames({ value, schema }: Partial<ResourceMapperValue>): string[] {
	const names = Object.keys(value ?? {});
	if (!schema || schema.length === 0) return names;
	const shown = new Set(schema.filter(({ removed }) => !removed).map(({ id }) => id));
	return names.filter((name) => shown.has(name));
}

function pick(source: IDataObject, names: string[]): IDataObject {
	const values: IDataObject = {};
	for (const name of names) {
		const value = Object.hasOwn(source, name) ? source[name] : undefined;
		// A plain assignment to "__proto__" would set the object's prototype and lose the value.
		if (!isMissing(value)) Object.defineProperty(values, name, { value, enumerable: true });
	}
	return values;
}

function isMissing(value: unknown): boolean {
	return value === undefined || value === null;
}
