/** The first and the last day, in UTC, as GET /usage counts them. */
export interface Days {
	from: string;
	to: string;
}

const dayMs = 86_400_000;

/** The last days in UTC, as GET /usage counts them, today's last: `2026-11-30`. */
export function lastDays(count: number, now = Date.now()): string[] {
	return Array.from({ length: count }, (_, index) =>
		new Date(now - (count - 1 - index) * dayMs).toISOString().slice(0, 10),
	);
}
