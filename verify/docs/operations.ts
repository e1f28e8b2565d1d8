import type { INodeProperties, INodePropertyOptions, INodeTypeDescription } from 'n8n-workflow';

/** The operations of each resource of the node, by the names that the editor shows. */
export function operationsOfNode({ properties }: Pick<INodeTypeDescription, 'properties'>): Record<string, string[]> {
	const optionsOf = (field: INodeProperties | undefined) => (field?.options ?? []) as INodePropertyOptions[];
	const resources = optionsOf(properties.find(({ name }) => name === 'resource'));
	return Object.fromEntries(
		resources.map(({ name, value }) => {
			const menu = properties.find(
				(field) => field.name === 'operation' && field.displayOptions?.show?.resource?.includes(value),
			);
			return [name, optionsOf(menu).map((option) => option.name)];
		}),
	);
}

/** What the table "Resource | Operations" of a page says: the bold names in each row. Undefined if it has none. */
export function operationsOfPage(page: string): Record<string, string[]> | undefined {
	const table = /^\| Resource \| Operations \|\n\| *-.*\n((?:\|.*\n)+)/m.exec(page)?.[1];
	if (table === undefined) return undefined;
	const rows = [...table.matchAll(/^\| ([^|]+) \| (.*) \|$/gm)];
	return Object.fromEntries(
		rows.map(([, resource, text]) => [
			resource!.replaceAll('*', '').trim(),
			[...text!.matchAll(/\*\*([^*]+)\*\*/g)].map(([, name]) => name!),
		]),
	);
}
