import { useRef, type KeyboardEvent } from 'react';

/**
 * A click on a radio button chooses and closes what it is in. With the keyboard, the arrow keys go through the choices, which
 * chooses each of them, and Enter closes.
 */
export function useRadioKeys() {
	const isByArrow = useRef(false);
	return {
		onKeyDown: (close: () => void) => (event: KeyboardEvent) => {
			isByArrow.current = event.key.startsWith('Arrow');
			if (event.key !== 'Enter') return;
			event.preventDefault();
			close();
		},
		/** Is called after a choice. */
		changed: (close: () => void) => {
			if (!isByArrow.current) close();
			isByArrow.current = false;
		},
	};
}
