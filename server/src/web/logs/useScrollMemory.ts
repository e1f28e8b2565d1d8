import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useLayoutEffect } from 'react';

function scrollOf(state: unknown): number {
	return typeof state === 'object' && state !== null && 'scroll' in state ? Number(state.scroll) : 0;
}

/**
 * Keeps how far the page is scrolled in its step of the browser's history: the back button and a reload lead to the same
 * place, and a new step begins at the top. For lists that have their full height as soon as they are there.
 */
export function useScrollMemory(): void {
	const save = useDebouncedCallback(() => history.replaceState({ ...history.state, scroll: window.scrollY }, ''), 100);
	// In braces: in newer browsers, scrolling returns a promise.
	useLayoutEffect(() => {
		window.scrollTo(0, scrollOf(history.state));
	}, []);
	useEffect(() => {
		window.addEventListener('scroll', save, { passive: true });
		return () => {
			window.removeEventListener('scroll', save);
			save.cancel();
		};
	}, [save]);
}
