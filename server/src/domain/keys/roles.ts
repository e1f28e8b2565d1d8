import { type Role, roleNames } from '../../contract/keys.ts';
import { ApiError } from '../apiError.ts';

/** Throws 403 if the role of a key is lower than the one that an operation needs, for example `POST /v4/logs`. */
export function requireRole(role: Role, needed: Role, operation: string): void {
	if (roleNames.indexOf(role) >= roleNames.indexOf(needed)) return;
	const orHigher = needed === 'admin' ? '' : ' or a higher one';
	throw new ApiError(
		403,
		`The API key has the role "${role}", but ${operation} needs the role "${needed}"${orHigher}. Use a key with that role.`,
	);
}
