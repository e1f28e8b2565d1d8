import { useEffect, useState } from 'react';

/**
 * Returns the focus to the control that opened a dialog, or to the content of the page if that control is gone. It is for
 * dialogs that exist only while they are open: Mantine's own return of the focus needs one that was there before.
 */
export function useReturnFocus(): void {
	// When it is drawn first, before the dialog takes the focus.
	const [opener] = useState(() => document.activeElement);
	useEffect(
		() => () => {
			const isThere = opener instanceof HTMLElement && opener.isConnected && opener !== document.body;
			(isThere ? opener : document.getElementById('main'))?.focus({ preventScroll: true });
		},
		[opener],
	);
}
