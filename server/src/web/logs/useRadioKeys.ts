import { useRef, type KeyboardEvent } from 'react';

/**
 * A click on a radio button chooses and closes what it is in. With the keyboard, the arrow keys go through the choices, which
 * chooses each of them, and Enter closes.
 */
export function useRadioKeys() {
	const isByArrow = useRef(false);
	return {
		/** For what the radio buttons are in. */
		handlers: (close: () => void) => ({
			onKeyDown: (event: KeyboardEvent) => {
				isByArrow.current = event.key.startsWith('Arrow');
				if (event.key !== 'Enter') return;
				event.preventDefault();
				close();
			},
			// An arrow key that chooses nothing else is over then too.
			onPointerDown: () => {
				isByArrow.current = false;
			},
		}),
		/** Chooses. What the arrow keys pass over is no step for the back button. */
		choose: (close: () => void, change: (options: { replace: boolean }) => void) => {
			change({ replace: isByArrow.current });
			if (!isByArrow.current) close();
			isByArrow.current = false;
		},
	};
}
