import type { INodeProperties } from 'n8n-workflow';

/** The resources whose operation Create runs a model. They share one form, see form.ts. */
export type Resource = 'chat' | 'completion';

/** Restricts fields of the shared form to one of the resources. In a collection, the rule's key is '/resource'. */
export function onlyIn(resource: Resource, fields: INodeProperties[], key: 'resource' | '/resource' = 'resource') {
	return fields.map(({ displayOptions, ...field }) => ({
		...field,
		displayOptions: { ...displayOptions, show: { ...displayOptions?.show, [key]: [resource] } },
	}));
}

/** The fields of the shared form that a resource has, without those of the other one, in collections too. */
export function fieldsFor(resource: Resource, fields: INodeProperties[]): INodeProperties[] {
	const isShown = ({ displayOptions }: INodeProperties) => {
		const { resource: outside, '/resource': inside } = displayOptions?.show ?? {};
		return (outside ?? inside)?.includes(resource) ?? true;
	};
	return fields
		.filter(isShown)
		.map((field) =>
			field.type === 'collection'
				? { ...field, options: fieldsFor(resource, field.options as INodeProperties[]) }
				: field,
		);
}
