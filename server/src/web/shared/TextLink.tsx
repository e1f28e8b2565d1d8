import { Anchor, type AnchorProps } from '@mantine/core';
import type { AnchorHTMLAttributes, ReactNode } from 'react';
import { Link } from 'wouter';

import classes from './TextLink.module.css';

interface TextLinkProps extends AnchorProps, Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof AnchorProps | 'href'> {
	/** A path of this page. */
	href: string;
	children: ReactNode;
}

/** A link within this page. */
export function TextLink({ children, ...props }: TextLinkProps) {
	return (
		<Anchor component={Link} inherit className={classes.link} underline="never" {...props}>
			{children}
		</Anchor>
	);
}
