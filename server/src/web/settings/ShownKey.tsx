import { Alert, Button, Code, CopyButton, Group } from '@mantine/core';

import type { NewKey } from '../api/keys.ts';
import classes from './Settings.module.css';

interface ShownKeyProps {
	of: NewKey;
	onClose: () => void;
}

/** A new key, which the server tells only once. */
export function ShownKey({ of: { key, name, role }, onClose }: ShownKeyProps) {
	return (
		<>
			<Alert color="yellow" title="Copy the key now">
				The server cannot show it again.
			</Alert>
			<p className={classes.keyName}>
				{name}, role {role}
			</p>
			<Code block className={classes.secret}>
				{key}
			</Code>
			<Group justify="flex-end" mt="xl">
				<CopyButton value={key}>
					{({ copied, copy }) => (
						<Button onClick={copy} aria-live="polite">
							{copied ? 'Copied' : 'Copy'}
						</Button>
					)}
				</CopyButton>
				<Button variant="default" onClick={onClose}>
					I have copied it
				</Button>
			</Group>
		</>
	);
}
