import { setFlagsFromString } from 'node:v8';

/**
 * V8 does not enlarge the space of new objects until `letHeapGrow`. Otherwise the objects of a start enlarge it by 20 MB, and
 * a server that waits for calls keeps them. V8 reads this flag whenever it could enlarge the space, so it can change.
 */
export function keepHeapSmall(): void {
	setFlagsFromString('--semi-space-growth-factor=1');
}

/** What V8 does by default: the space of new objects doubles when many of them stay in use. */
export function letHeapGrow(): void {
	setFlagsFromString('--semi-space-growth-factor=2');
}
