import { useEffect } from 'react';

/** Sets the title of the tab: `<title> · humanloop-server`. */
export function useTitle(title: string): void {
	useEffect(() => {
		document.title = title === '' ? 'humanloop-server' : `${title} · humanloop-server`;
	}, [title]);
}
