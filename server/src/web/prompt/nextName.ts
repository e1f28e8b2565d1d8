/**
 * A name for the next version: `triage v3` after `triage v2`, or the first of these that is free; `v4` after `v3 short`.
 *
 * @param base the name of the version that it is based on
 * @param taken the names of all versions
 */
export function nextName(base: string | null, taken: readonly (string | null)[]): string {
	if (/^v\d+\s/.test(base ?? '')) {
		const numbers = [base, ...taken].map((name) => Number(/^v(\d+)\b/.exec(name ?? '')?.[1] ?? 0));
		return `v${Math.max(...numbers) + 1}`;
	}
	const [, stem, number] = /^(.*?)\s*v?(\d+)$/.exec(base ?? '') ?? [undefined, base ?? '', '1'];
	const names = new Set(taken);
	const start = stem === '' ? 'v' : `${stem} v`;
	for (let next = Number(number) + (base === null ? 0 : 1); ; next += 1) {
		if (!names.has(`${start}${next}`)) return `${start}${next}`;
	}
}
