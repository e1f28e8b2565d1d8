/** The address without user, password and options: scheme, host, port and database. */
export function locationOf(url: string): string {
	const parsed = URL.parse(url);
	if (parsed === null) return 'postgres:';
	const host = parsed.searchParams.get('host') ?? parsed.host;
	return `${parsed.protocol}//${host}${parsed.pathname}`;
}
