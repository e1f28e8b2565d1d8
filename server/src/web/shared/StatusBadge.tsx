import type { ReactNode } from 'react';

import classes from './StatusBadge.module.css';

/** A word about a state. Its color never says more than the word. */
export function StatusBadge({ kind, children }: { kind: 'good' | 'bad' | 'warn' | 'neutral'; children: ReactNode }) {
	return <span className={`${classes.badge} ${classes[kind]}`}>{children}</span>;
}
