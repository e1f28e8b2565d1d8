/**
 * The parts of a database's address, or null. A password with an unencoded slash, question mark or number sign ends the
 * host's part early, so that the rest of the password is in the path or behind it, with the @ that was to end it.
 */
export function parseDatabaseUrl(url: string): URL | null {
	const parsed = URL.parse(url);
	return parsed === null || `${parsed.pathname}${parsed.search}${parsed.hash}`.includes('@') ? null : parsed;
}

/** The address without user, password and options: scheme, host, port and database. */
export function locationOf(url: string): string {
	const parsed = parseDatabaseUrl(url);
	if (parsed === null) return 'postgres:';
	const host = parsed.searchParams.get('host') ?? parsed.host;
	return `${parsed.protocol}//${host}${parsed.pathname}`;
}
