import type { SessionResponse } from '../../contract/sessions.ts';

/** What people call a session: the key that its caller gave it; without one, the end of its ID. */
export function sessionName({ id, reference_id }: Pick<SessionResponse, 'id' | 'reference_id'>): string {
	return reference_id ?? `session ${id.slice(-6)}`;
}
