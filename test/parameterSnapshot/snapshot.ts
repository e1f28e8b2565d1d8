import {
	NodeHelpers,
	type ICredentialType,
	type INodeProperties,
	type INodePropertyCollection,
	type INodePropertyOptions,
	type INodeType,
	type INodeTypeDescription,
	type IVersionedNodeType,
} from 'n8n-workflow';

/** What saved workflows and credentials rely on in one field. What does not apply to a field is left out. */
export interface Field {
	type: string;
	default: unknown;
	/** The values of a menu, sorted. The names beside them may change. */
	values?: Array<string | number | boolean>;
	/** The modes of a resource locator, sorted. */
	modes?: string[];
	/** True if the field holds a list. */
	isList?: true;
	/** True if n8n does not run a workflow that leaves the field empty. */
	isRequired?: true;
	/** True if the field takes no expression. */
	isFixed?: true;
	decimals?: number;
	min?: number;
	max?: number;
	/** By name of another field: the values of it with which this field is shown or hidden. */
	shownIf?: Record<string, unknown[]>;
	hiddenIf?: Record<string, unknown[]>;
}

/** By path in the saved parameters, such as `options.session`. */
export type Fields = Record<string, Field>;

/** What saved workflows rely on in one version of the node. */
export interface Snapshot {
	node: {
		name: string;
		version: number;
		inputs: unknown;
		outputs: unknown;
		credentials: Array<{ name: string; isRequired: boolean }>;
		usableAsTool: boolean;
	};
	/** `node` has the fields that choose the operation; the others are named `<resource> <operation>`. */
	fields: Record<string, Fields>;
	/** By operation: the keys of its items, and their types. */
	items: Record<string, Record<string, string>>;
	credential: { name: string; fields: Fields };
}

/** The part of a JSON schema that says what an item has. */
export interface ItemSchema {
	type?: string | string[];
	properties?: Record<string, ItemSchema>;
}

/** The values that choose which fields are shown. */
interface Chosen {
	version: number;
	resource?: string;
	operation?: string;
}

/** The fields that n8n adds to every declarative node. */
const addedByN8n = ['requestOptions'];

/** The conditions on version, resource and operation, by the names that fields and those in collections have for them. */
const choices: Record<string, keyof Chosen> = {
	'@version': 'version',
	resource: 'resource',
	'/resource': 'resource',
	operation: 'operation',
	'/operation': 'operation',
};

type Conditions = Record<string, unknown[]>;

/** Whether what is chosen fulfills the conditions that are about it. */
function isShown({ displayOptions }: INodeProperties, chosen: Chosen): boolean {
	const show = Object.entries((displayOptions?.show ?? {}) as Conditions);
	return show.every(([name, values]) => !(name in choices) || values.includes(chosen[choices[name]!]));
}

/** The conditions that are about other fields. */
function others(conditions: unknown): Conditions | undefined {
	const kept = Object.entries((conditions ?? {}) as Conditions).filter(([name]) => !(name in choices));
	return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function fieldOf({
	type,
	default: value,
	options,
	modes,
	required,
	noDataExpression,
	...more
}: INodeProperties): Field {
	const { typeOptions = {}, displayOptions } = more;
	const isMenu = type === 'options' || type === 'multiOptions';
	const field = {
		type,
		default: value,
		values: isMenu && options ? (options as INodePropertyOptions[]).map((option) => option.value).sort() : undefined,
		modes: modes?.map(({ name }) => name).sort(),
		isList: typeOptions.multipleValues || undefined,
		isRequired: required || undefined,
		isFixed: noDataExpression || undefined,
		decimals: typeOptions.numberPrecision,
		min: typeOptions.minValue,
		max: typeOptions.maxValue,
		shownIf: others(displayOptions?.show),
		hiddenIf: others(displayOptions?.hide),
	};
	return JSON.parse(JSON.stringify(field)) as Field;
}

/** @throws Error if two fields that are shown together have one name, because a saved value belongs to both then */
function fieldsOf(properties: INodeProperties[], chosen: Chosen): Fields {
	const fields: Fields = {};
	const add = (property: INodeProperties, path: string) => {
		if (property.type === 'notice' || !isShown(property, chosen)) return;
		const name = `${path}${property.name}`;
		if (name in fields) throw new Error(`Two fields are named ${name}`);
		fields[name] = fieldOf(property);
		if (property.type === 'collection')
			for (const nested of property.options as INodeProperties[]) add(nested, `${name}.`);
		if (property.type !== 'fixedCollection') return;
		for (const { name: group, values } of property.options as INodePropertyCollection[])
			for (const nested of values) add(nested, `${name}.${group}.`);
	};
	for (const property of properties) add(property, '');
	return sorted(fields);
}

const sorted = <T>(record: Record<string, T>) =>
	Object.fromEntries(Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1)));

function fieldsByOperation({ properties }: INodeTypeDescription, version: number): Record<string, Fields> {
	const own = properties.filter(({ name }) => !addedByN8n.includes(name));
	const isChoice = ({ name }: INodeProperties) => name === 'resource' || name === 'operation';
	const menu = own.find(({ name }) => name === 'resource')!;
	const byOperation: Record<string, Fields> = { node: fieldsOf([menu], { version }) };
	for (const { value } of menu.options as INodePropertyOptions[]) {
		const chosen = { version, resource: value as string };
		const [operations] = own.filter((property) => property.name === 'operation' && isShown(property, chosen));
		byOperation[chosen.resource] = fieldsOf([operations!], chosen);
		for (const { value: operation } of operations!.options as INodePropertyOptions[])
			byOperation[`${chosen.resource} ${String(operation)}`] = fieldsOf(
				own.filter((property) => !isChoice(property)),
				{ ...chosen, operation: operation as string },
			);
	}
	return sorted(byOperation);
}

function keysOf(schema: ItemSchema): Record<string, string> {
	const keys = Object.entries(schema.properties ?? {}).map(([key, { type = 'any' }]) => [
		key,
		[type].flat().join(' or '),
	]);
	return sorted(Object.fromEntries(keys) as Record<string, string>);
}

/** The versions of a node: those that one description has, or several ones. */
export function versionsOf(node: INodeType | IVersionedNodeType): number[] {
	if ('nodeVersions' in node) return Object.keys(node.nodeVersions).map(Number);
	return [node.description.version].flat();
}

/**
 * Takes down what saved workflows rely on.
 *
 * @param version one of `versionsOf(node)`
 * @param schemaOf reads the schema of an operation's items; undefined if it has none
 */
export function snapshotOf(
	node: INodeType | IVersionedNodeType,
	version: number,
	credential: ICredentialType,
	schemaOf: (resource: string, operation: string) => ItemSchema | undefined,
): Snapshot {
	const { description } = NodeHelpers.getVersionedNodeType(node, version);
	const fields = fieldsByOperation(description, version);
	const items = Object.keys(fields).flatMap((name) => {
		const [resource, operation] = name.split(' ');
		const schema = operation === undefined ? undefined : schemaOf(resource!, operation);
		return schema === undefined ? [] : [[name, keysOf(schema)] as const];
	});
	return {
		node: {
			name: description.name,
			version,
			inputs: description.inputs,
			outputs: description.outputs,
			credentials: (description.credentials ?? []).map(({ name, required = false }) => ({
				name,
				isRequired: required,
			})),
			usableAsTool: description.usableAsTool !== undefined,
		},
		fields,
		items: Object.fromEntries(items),
		credential: { name: credential.name, fields: fieldsOf(credential.properties, { version }) },
	};
}
