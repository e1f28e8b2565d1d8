import { Button, Group } from '@mantine/core';
import ChevronLeft from 'lucide-react/icons/chevron-left';
import ChevronRight from 'lucide-react/icons/chevron-right';
import { useEffect } from 'react';

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

/** Goes to the log above and below in the list that somebody came from, also with the left and right keys. */
export function Neighbors({ logId }: { logId: string }) {
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
	const { hasPrevious, hasNext } = neighbors;
	// At an end, a button keeps the focus and its place.
	return (
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
	);
}
