import type { IDataObject, INodeProperties, INodePropertyCollection, INodePropertyOptions } from 'n8n-workflow';

/** One way to fill one field: the field's name, and the parameters that fill it. */
export type Filling = [string, IDataObject];

/** The fields that the form shows for an operation, without those that choose it and n8n's own. */
export function fieldsOf(properties: INodeProperties[], resource: string, operation: string): INodeProperties[] {
	const others = ['resource', 'operation', 'requestOptions'];
	return properties.filter(({ name, displayOptions }) => {
		const { resource: resources, operation: operations } = displayOptions?.show ?? {};
		return !others.includes(name) && resources?.includes(resource) && operations?.includes(operation);
	});
}

/** Every operation of the node with its menu entry. */
export function operationsOf(properties: INodeProperties[]): Array<{ resource: string; entry: INodePropertyOptions }> {
	return properties
		.filter(({ name }) => name === 'operation')
		.flatMap(({ displayOptions, options }) =>
			(options as INodePropertyOptions[]).map((entry) => ({
				resource: displayOptions!.show!.resource![0] as string,
				entry,
			})),
		);
}

/**
 * Every way to fill each field of the form, one at a time. In an entry of a list, its texts are filled too.
 *
 * @param json what to put into fields of JSON, or what gives that for a field's name
 */
export function fillings(properties: INodeProperties[], json: string | ((field: string) => string)): Filling[] {
	return properties.flatMap((property): Filling[] => {
		const { name, displayName, type, typeOptions } = property;
		const {
			resource: _resource,
			operation: _operation,
			'/resource': _inCollection,
			...show
		} = property.displayOptions?.show ?? {};
		const conditions = Object.fromEntries(
			Object.entries(show).map(([key, values]) => [key, values![0]]),
		) as IDataObject;
		switch (type) {
			case 'collection':
				return fillings(property.options as INodeProperties[], json).map(([field, values]) => [
					field,
					{ [name]: values },
				]);
			case 'fixedCollection': {
				const [{ name: group, values }] = property.options as [INodePropertyCollection];
				const entry = Object.fromEntries(
					values.filter((value) => value.type === 'string' && !value.displayOptions).map((value) => [value.name, 'x']),
				);
				return fillings(values, json).map(([field, filled]) => [
					typeOptions?.multipleValues ? `${displayName}: ${field}` : field,
					{ ...conditions, [name]: { [group]: typeOptions?.multipleValues ? [{ ...entry, ...filled }] : filled } },
				]);
			}
			case 'resourceLocator':
				return property.modes!.map((mode) => [
					`${displayName}: ${mode.displayName}`,
					{ ...conditions, [name]: { __rl: true, mode: mode.name, value: 'x' } },
				]);
			case 'options':
				return (property.options as INodePropertyOptions[]).map((option) => [
					`${displayName}: ${option.name}`,
					{ ...conditions, [name]: option.value },
				]);
			case 'resourceMapper':
				return ['defineBelow', 'autoMapInputData'].map((mappingMode) => [
					`${displayName}: ${mappingMode}`,
					{ ...conditions, [name]: { mappingMode, value: { name: 'a', topic: 'b' } } },
				]);
			case 'boolean':
				return [true, false].map((value) => [`${displayName}: ${value}`, { ...conditions, [name]: value }]);
			case 'number':
				return [[displayName, { ...conditions, [name]: 1 }]];
			case 'multiOptions':
				return [[displayName, { ...conditions, [name]: ['x'] }]];
			case 'json':
				return [[displayName, { ...conditions, [name]: typeof json === 'string' ? json : json(displayName) }]];
			case 'dateTime':
				return [[displayName, { ...conditions, [name]: '2026-01-31T09:30:00' }]];
			case 'string':
				return [[displayName, { ...conditions, [name]: typeOptions?.multipleValues ? ['x'] : 'x' }]];
			default:
				throw new Error(`The walk does not know fields of type ${type} (${displayName})`);
		}
	});
}
