import { useState, type ReactNode } from 'react';

import { CopyButton } from '../shared/CopyButton.tsx';
import { JsonView } from '../shared/JsonView.tsx';
import classes from './Log.module.css';

/** Something that few people need, closed at first. What is in it is made when it is opened. */
export function Fold({ title, children }: { title: string; children: () => ReactNode }) {
	const [isOpen, setOpen] = useState(false);
	return (
		<details className={classes.fold} onToggle={(event) => setOpen(event.currentTarget.open)}>
			<summary>{title}</summary>
			{isOpen && <div className={classes.folded}>{children()}</div>}
		</details>
	);
}

/** A JSON value that is closed at first. */
export function JsonFold({ title, value }: { title: string; value: unknown }) {
	return (
		<Fold title={title}>
			{() => (
				<>
					<div className={classes.copy}>
						<CopyButton value={JSON.stringify(value, undefined, 2)} label="Copy as JSON" />
					</div>
					<JsonView value={value} />
				</>
			)}
		</Fold>
	);
}
