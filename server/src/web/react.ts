import { options } from 'preact';
import type { ReactNode } from 'react';

/*
 * What the build puts in the place of React and React DOM (vite.config.ts): Preact's API for programs that are written for
 * React, and what the components import that it does not have.
 */
// @ts-expect-error Preact's types are an `export =`, which TypeScript does not pass on. No code is typed by this file.
export * from 'preact/compat';
export { default } from 'preact/compat';

// React runs the effects of a key or a click before the next one. Preact would wait for the next frame, and fast typing would
// meet effects that are out of date.
options.requestAnimationFrame = queueMicrotask;

interface ActivityProps {
	mode?: 'visible' | 'hidden';
	children?: ReactNode;
}

/** React keeps the state of what is hidden. Nothing here asks for that. */
export function Activity({ mode, children }: ActivityProps): ReactNode {
	return mode === 'hidden' ? null : children;
}
