import type { Query } from '../api/client.ts';

/** A place in a list of logs. A link from a list takes it along in the step of the browser's history. */
export interface ListPlace {
	/** The filters of the list, as GET /logs has them. */
	query: Query;
	/** When the newest log of the list was made. */
	newest: string | undefined;
	/** Which log it is, from 0. */
	index: number;
}

/** The state of a step in the history that leads to a log from a list. */
export const stateOf = (place: ListPlace) => ({ place });

/** From which list somebody came, and where in it. undefined: from elsewhere. */
export function placeOf(state: unknown): ListPlace | undefined {
	return typeof state === 'object' && state !== null && 'place' in state ? (state.place as ListPlace) : undefined;
}
