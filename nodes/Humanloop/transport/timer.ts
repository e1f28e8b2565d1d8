/**
 * Calls back once after a time.
 *
 * n8n forbids `setTimeout` in nodes (lint rule), and its own `sleep` cannot be canceled. That leaves
 * `AbortSignal.timeout`. This timer cannot be stopped, so the callback must tolerate a call that no longer
 * matters. It does not keep the process alive; n8n does that.
 *
 * @param milliseconds 2,147,483,647 at most, the limit of Node.js timers
 */
export function callAfter(milliseconds: number, callback: () => void): void {
	AbortSignal.timeout(Math.ceil(milliseconds)).addEventListener('abort', callback, { once: true });
}
