import { Title } from '@mantine/core';
import type { ReactNode } from 'react';

import classes from './PageHeader.module.css';
import { TextLink } from './TextLink.tsx';
import { useTitle } from './useTitle.ts';

interface Crumb {
	label: string;
	href: string;
}

interface PageHeaderProps {
	/** The page's heading, and the title of the tab. */
	title: string;
	/** The pages above this one. */
	crumbs?: Crumb[];
	/** A line below the heading. */
	children?: ReactNode;
	/** Buttons, at the right. */
	actions?: ReactNode;
}

/** The head of a page. Every page has one: it holds the only h1. */
export function PageHeader({ title, crumbs = [], children, actions }: PageHeaderProps) {
	useTitle([title, ...crumbs.map(({ label }) => label).toReversed()].join(' · '));
	return (
		<div className={classes.header}>
			<div className={classes.text}>
				{crumbs.length > 0 && (
					<nav aria-label="Breadcrumbs">
						<ol className={classes.crumbs}>
							{crumbs.map(({ label, href }) => (
								<li key={href}>
									<TextLink href={href}>{label}</TextLink>
								</li>
							))}
						</ol>
					</nav>
				)}
				<Title order={1}>{title}</Title>
				{children !== undefined && <div className={classes.below}>{children}</div>}
			</div>
			{actions !== undefined && <div className={classes.actions}>{actions}</div>}
		</div>
	);
}
