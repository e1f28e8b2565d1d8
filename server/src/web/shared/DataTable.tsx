import { VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';

import classes from './DataTable.module.css';

export interface Column {
	/** The heading. */
	name: string;
	/** Explains the heading. */
	title?: string;
	/** figure: numbers, aligned to the right. buttons: what can be done with a row; the heading is for screen readers. */
	kind?: 'figure' | 'buttons';
}

interface DataTableProps {
	/** What the table is about, for screen readers. */
	label: string;
	/** Up to seven. DataTable.module.css has no headings for more on a narrow screen. */
	columns: Column[];
	/** The rows. Cells with figures have `data-figure`. */
	children: ReactNode;
}

function Heading({ column: { name, title, kind } }: { column: Column }) {
	return (
		<th scope="col" title={title} data-figure={kind !== undefined || undefined}>
			{kind === 'buttons' ? <VisuallyHidden>{name}</VisuallyHidden> : name}
		</th>
	);
}

/** The headings as CSS has them, for the cells of a narrow screen: `--column-1`. */
function headingsOf(columns: Column[]): Record<string, string> {
	return Object.fromEntries(
		columns.map(({ name, kind }, index) => [`--column-${index + 1}`, JSON.stringify(kind === 'buttons' ? '' : name)]),
	);
}

/**
 * A plain table with hairlines. Where it is wider than the screen, it scrolls by itself, with the keyboard too. A narrow screen
 * has no room for four columns: there, each row is a block, and each cell says what it is.
 */
export function DataTable({ label, columns, children }: DataTableProps) {
	return (
		<div className={classes.region} role="group" aria-label={label} tabIndex={0}>
			<table
				className={columns.length > 3 ? `${classes.table} ${classes.stacked}` : classes.table}
				aria-label={label}
				style={headingsOf(columns)}
			>
				<thead>
					<tr>
						{columns.map((column, index) => (
							<Heading key={index} column={column} />
						))}
					</tr>
				</thead>
				<tbody>{children}</tbody>
			</table>
		</div>
	);
}
