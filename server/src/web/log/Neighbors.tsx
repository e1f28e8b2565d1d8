import { Button, Group, VisuallyHidden } from '@mantine/core';
import ChevronLeft from 'lucide-react/icons/chevron-left';
import ChevronRight from 'lucide-react/icons/chevron-right';
import { useEffect } from 'react';

import type { LogResponse } from '../../contract/logs.ts';
import { ExactTime } from '../shared/Time.tsx';
import { useNeighbors } from './useNeighbors.ts';

/** Whether keys are for something else: a field, a choice, or a dialog. */
function isTaken(event: KeyboardEvent): boolean {
	const { target, altKey, ctrlKey, metaKey, shiftKey, defaultPrevented } = event;
	if (altKey || ctrlKey || metaKey || shiftKey || defaultPrevented) return true;
	return (
		target instanceof Element && target.closest('input, textarea, select, [role="dialog"], [role="menu"]') !== null
	);
}

const keys: Record<string, 1 | -1> = { ArrowLeft: -1, ArrowRight: 1 };

interface NeighborsProps {
	logId: string;
	/** The log that is shown: another one until this one is there. */
	shown: LogResponse | undefined;
}

/** Goes to the log above and below in the list that somebody came from, also with the left and right keys. */
export function Neighbors({ logId, shown }: NeighborsProps) {
	const neighbors = useNeighbors(logId);
	const go = neighbors?.go;
	useEffect(() => {
		if (!go) return;
		const onKeyDown = (event: KeyboardEvent) => {
			const step = keys[event.key];
			if (step !== undefined && !isTaken(event)) go(step);
		};
		window.addEventListener('keydown', onKeyDown);
		return () => window.removeEventListener('keydown', onKeyDown);
	}, [go]);
	if (!neighbors) return null;
	const { position, hasPrevious, hasNext } = neighbors;
	return (
		<>
			{/* The heading stays the same from one log of a project to the next. */}
			<VisuallyHidden role="status">
				{shown?.id === logId && (
					<>
						Log {position}, <ExactTime at={shown.created_at} />
					</>
				)}
			</VisuallyHidden>
			{/* At an end, a button keeps the focus and its place. */}
			<Group component="nav" aria-label="Previous and next log" gap="xs">
				<Button
					variant="default"
					leftSection={<ChevronLeft size={16} aria-hidden />}
					aria-keyshortcuts="ArrowLeft"
					aria-disabled={!hasPrevious}
					data-disabled={!hasPrevious || undefined}
					onClick={() => neighbors.go(-1)}
				>
					Previous
				</Button>
				<Button
					variant="default"
					rightSection={<ChevronRight size={16} aria-hidden />}
					aria-keyshortcuts="ArrowRight"
					aria-disabled={!hasNext}
					data-disabled={!hasNext || undefined}
					onClick={() => neighbors.go(1)}
				>
					Next
				</Button>
			</Group>
		</>
	);
}
