import type { ReactNode } from 'react';

import classes from './DataTable.module.css';

interface DataTableProps {
	/** What the table is about, for screen readers. */
	label: string;
	/** The rows: `thead` and `tbody`. Figures have `data-figure`; what a narrow screen leaves out has `data-wide`. */
	children: ReactNode;
}

/** A plain table with hairlines. Where it is wider than the screen, it scrolls by itself, with the keyboard too. */
export function DataTable({ label, children }: DataTableProps) {
	return (
		<div className={classes.region} role="group" aria-label={label} tabIndex={0}>
			<table className={classes.table} aria-label={label}>
				{children}
			</table>
		</div>
	);
}
