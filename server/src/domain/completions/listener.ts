import type { CallEvent } from '../../contract/calls.ts';

/** Gets the events of a stream. If it returns a promise, the sender waits for it. It never throws. */
export type Listener = (event: CallEvent) => Promise<void> | undefined;
