/**
 * How long anything may take that is certain to happen, in milliseconds. It is long because a busy machine is no failure:
 * checks wait for the result, and this only ends the waiting when there will be none.
 */
export const patience = 180_000;

let passed = 0;
let failed = 0;

/** Runs one check and says how it went; what it throws makes it fail, and the next one runs all the same. */
export async function check(name: string, run: () => Promise<void> | void): Promise<void> {
	const startedAt = Date.now();
	try {
		await run();
		passed++;
		console.log(`✓ ${name} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`);
	} catch (error) {
		failed++;
		const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
		console.log(`✗ ${name}\n${text.replace(/^/gm, '  ')}`);
	}
}

/** Says how many checks passed and failed. A run without a single one has failed. */
export function total(what: string): boolean {
	console.log(`${what}: ${passed} passed, ${failed} failed`);
	return failed === 0 && passed > 0;
}
