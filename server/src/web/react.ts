import { options } from 'preact';
import type { ReactNode } from 'react';

/*
 * What the build puts in the place of React and React DOM (vite.config.ts): Preact's API for programs that are written for
 * React, and what the components import that it does not have.
 *
 * Unlike React, Preact sets a field back to its `value` only when it draws: after a change that sets no state, it does not.
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

/** In React, what is hidden keeps its state. No component of the page needs that. */
export function Activity({ mode, children }: ActivityProps): ReactNode {
	return mode === 'hidden' ? null : children;
}
