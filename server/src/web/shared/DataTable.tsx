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
	/** Whether a narrow screen leaves it out. */
	isWide?: boolean;
}

interface DataTableProps {
	/** What the table is about, for screen readers. */
	label: string;
	columns: Column[];
	/** The rows. Cells with figures have `data-figure`; what a narrow screen leaves out has `data-wide`. */
	children: ReactNode;
}

function Heading({ column: { name, title, kind, isWide } }: { column: Column }) {
	return (
		<th scope="col" title={title} data-figure={kind !== undefined || undefined} data-wide={isWide || undefined}>
			{kind === 'buttons' ? <VisuallyHidden>{name}</VisuallyHidden> : name}
		</th>
	);
}

/** A plain table with hairlines. Where it is wider than the screen, it scrolls by itself, with the keyboard too. */
export function DataTable({ label, columns, children }: DataTableProps) {
	return (
		<div className={classes.region} role="group" aria-label={label} tabIndex={0}>
			<table className={classes.table} aria-label={label}>
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
