import type { IDataObject, ResourceMapperValue } from 'n8n-workflow';

import type { ItemContext } from '../execution/itemContext';
import { fieldError } from '../values/fieldError';
import { jsonObject } from '../values/readers';
import type { Run } from './run';
import { readTemplate, type Template } from './template';

/** Where the values come from. */
interface Source {
	/** The field's name as the user sees it. */
	field: string;
	/** @param variables the template's, or null if they are unknown */
	values(variables: string[] | null): IDataObject;
	/** Whether only the template says which inputs there are. */
	needsTemplate?: boolean;
	/** What the user can do about a variable without a value. */
	advice: string;
	/** What the user can do about an input that is not in the template. */
	adviceOnUnknown: string;
}

/**
 * The inputs of an item, checked against the template before anything is paid for.
 *
 * The template is read once for all items. If it cannot be read, nothing is checked here: the call will say
 * what is wrong.
 *
 * @param run which config the call runs: the inputs fill its template
 * @returns one value per variable, or undefined if there are none
 * @throws NodeOperationError that names the variables without a value or the inputs without a variable, or if the
 *   inputs are unknown without the template; ApiFailure if the template is needed and cannot be read now
 */
export async function inputsFor(item: ItemContext, run: Run): Promise<IDataObject | undefined> {
	const { context } = item;
	const source = sourceOf(item, run);
	const read = () => readTemplate(item, run);
	const { variables, configId, isForOther, failure } = source.needsTemplate
		? await item.send(read)
		: await read().catch((): Template => ({ variables: null, configId: null }));

	// The call will say so. What its template lacks would hide that.
	if (isForOther) return undefined;

	const { field, advice, adviceOnUnknown } = source;
	if (source.needsTemplate && !variables) {
		// A host without this endpoint says nothing about the call itself. Any other failure is the first cause.
		if (failure && failure.status !== 405) throw failure;
		throw fieldError(
			context,
			field,
			'cannot be mapped automatically: the template cannot be read',
			`Check ${run.kind === 'version' ? "the 'Model Config'" : "'Project' and 'Environment'"}, map each input manually, or choose 'Using JSON'.`,
		);
	}
	const values = source.values(variables);
	if (variables) {
		const missing = variables.filter((name) => isMissing(values[name]));
		const unknown = Object.keys(values).filter((name) => !variables.includes(name));
		if (missing.length > 0) {
			const hint = unknown.length > 0 ? ` Inputs that are not in the template: ${unknown.join(', ')}.` : '';
			const where = run.kind === 'version' ? '' : ` (in ${templateOf(run, configId)})`;
			throw fieldError(context, field, `has no value for: ${missing.join(', ')}${where}`, advice + hint);
		}
		if (unknown.length > 0) {
			const names = variables.length > 0 ? `has: ${variables.join(', ')}` : 'has no variables';
			throw fieldError(
				context,
				field,
				`has inputs that are not in ${templateOf(run, configId)}: ${unknown.join(', ')}`,
				`${adviceOnUnknown} The template ${names}.`,
			);
		}
	}
	return Object.keys(values).length > 0 ? values : undefined;
}

/** Names the template of a run: of what is deployed, with the version that this was when the template was read. */
function templateOf(run: Run, configId: string | null): string {
	if (run.kind === 'version') return 'the template';
	return `the template of ${configId ?? 'the version'}, deployed in ${run.environment ?? 'the default environment'}`;
}

function sourceOf(item: ItemContext, run: Run): Source {
	const { context } = item;
	if (item.parameter('specifyInputs', 'fields') === 'json') {
		const field = 'Inputs (JSON)';
		return {
			field,
			values: () => jsonObject(context, field, item.parameter('inputsJson', '')) ?? {},
			advice: 'Add each of them to the object, with a value that is not null.',
			adviceOnUnknown: 'Remove them, or correct their names.',
		};
	}
	// Read the whole parameter: n8n checks 'inputs.value' by itself, and its error has no item link.
	const mapper = item.parameter('inputs', {}) as Partial<ResourceMapperValue>;
	if (mapper.mappingMode === 'autoMapInputData') {
		return {
			field: 'Inputs',
			values: (variables) => pick(context.getInputData().json, variables ?? mapper.schema?.map(({ id }) => id) ?? []),
			needsTemplate: !mapper.schema?.length,
			advice:
				"The incoming item has no such field, or it is null. Rename the item's field, or map each input manually.",
			adviceOnUnknown: '',
		};
	}
	// A workflow that was written by hand has no schema.
	const isDrawn = Boolean(mapper.schema?.length);
	const chosen = run.kind === 'version' ? "the chosen 'Model Config'" : 'the version that is deployed now';
	const reopen = `Close and reopen the node to see the variables of ${chosen}.`;
	return {
		field: 'Inputs',
		values: () => pick(mapper.value ?? {}, shownNames(mapper)),
		advice: `Fill it in. An expression that finds nothing counts as no value.${isDrawn ? ` No field for it? ${reopen}` : ''}`,
		adviceOnUnknown: isDrawn ? reopen : 'Remove them, or correct their names.',
	};
}

/** The editor keeps the values of fields that it no longer shows, such as those of another template. */
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
		// Assigning to "__proto__" would set the object's prototype and lose the value.
		if (!isMissing(value)) Object.defineProperty(values, name, { value, enumerable: true });
	}
	return values;
}

function isMissing(value: unknown): boolean {
	return value === undefined || value === null;
}
