import { Button, Skeleton, Text } from '@mantine/core';
import type { ReactNode } from 'react';

import { ApiError } from '../api/client.ts';
import classes from './states.module.css';

/** Holds the place of what is being loaded. Give the height that it will have, so that nothing jumps. */
export function Loading({ rows = 6, height = 44 }: { rows?: number; height?: number }) {
	return (
		<div role="status" aria-label="Loading" className={classes.loading}>
			{Array.from({ length: rows }, (_, row) => (
				<div key={row} style={{ height }} className={classes.row}>
					<Skeleton height={Math.min(14, height)} width={`${60 + ((row * 17) % 35)}%`} />
				</div>
			))}
		</div>
	);
}

/** Says why there is nothing, and what to do about it. */
export function Empty({ title, children }: { title?: string; children: ReactNode }) {
	return (
		<div className={classes.empty}>
			{title !== undefined && <Text fw={600}>{title}</Text>}
			<Text component="div" c="dimmed">
				{children}
			</Text>
		</div>
	);
}

const headings: Record<number, string> = {
	402: 'A budget is used up',
	403: 'Your API key may not do this',
	404: 'Not found',
	422: 'The server did not accept this',
	429: 'Too many requests',
};

/** What went wrong, in words: the API's own, if it said something. */
export function errorText(error: unknown): string {
	if (error instanceof ApiError) return error.message;
	if (error instanceof TypeError)
		return 'The server cannot be reached. Check that it is running, and check your connection.';
	return error instanceof Error ? error.message : String(error);
}

/** Says what went wrong, and offers to try again. */
export function ErrorState({ error, retry }: { error: unknown; retry?: (() => unknown) | undefined }) {
	const status = error instanceof ApiError ? error.status : 0;
	return (
		<div className={classes.error} role="alert">
			<Text fw={600}>{headings[status] ?? 'Something went wrong'}</Text>
			<Text className={classes.words}>{errorText(error)}</Text>
			{retry && (
				<Button variant="default" mt="sm" onClick={() => void retry()}>
					Try again
				</Button>
			)}
		</div>
	);
}
