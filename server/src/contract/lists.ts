import { Type, type TSchema } from 'typebox';
import { Int } from './fields.ts';

/** The response of every paginated list. `page` counts from the same number as in the list's query. */
export function Page<T extends TSchema>(record: T) {
	const { title } = record as { title?: string };
	return Type.Object(
		{
			records: Type.Array(record),
			page: Type.Integer(),
			size: Type.Integer(),
			total: Type.Integer(),
		},
		title === undefined ? {} : { title: `PaginatedData_${title}_` },
	);
}

/** How many records a page has. The route has the same default. */
export function pageSize(defaultSize: number) {
	return Type.Optional(Int({ minimum: 1, maximum: 1000, default: defaultSize, description: 'Records per page.' }));
}

/** The query fields of a list whose pages count from 0. */
export function pagingFields(defaultSize: number) {
	return {
		page: Type.Optional(Int({ minimum: 0, default: 0, description: 'Page, from 0.' })),
		size: pageSize(defaultSize),
	};
}

/** The path parameter of every route that reads one record. */
export const ById = Type.Object({ id: Type.String() });
