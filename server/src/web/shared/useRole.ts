import { useQuery } from '@tanstack/react-query';

import type { Role } from '../../contract/keys.ts';
import { sessionQuery } from '../api/session.ts';

/** From least to most. Each role may do what the ones before it may; contract/keys.ts says what that is. */
const roles: Role[] = ['read', 'run', 'edit', 'deploy', 'admin'];

export interface Permission {
	isAllowed: boolean;
	/** Why not, for the title of a disabled button. */
	reason: string | undefined;
}

/** Whether the key of whoever is signed in has at least this role. The server checks it again. */
export function usePermission(needed: Role): Permission {
	const { data } = useQuery(sessionQuery);
	const isAllowed = data !== undefined && roles.indexOf(data.role as Role) >= roles.indexOf(needed);
	const reason = `This needs an API key with the role ${needed}${data ? `; yours has the role ${data.role}` : ''}.`;
	return { isAllowed, reason: isAllowed ? undefined : reason };
}
