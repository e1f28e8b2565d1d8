/** How often a stream that is no terminal gets a line, in milliseconds. */
const betweenLines = 30_000;

/**
 * Shows on stdout what is going on, and for how long: in a terminal as one line that is rewritten each
 * second, elsewhere as a line at the beginning, every 30 seconds and at the end.
 *
 * @param what says what the work is. It is called for each line
 */
export async function withProgress<T>(what: () => string, work: () => Promise<T>): Promise<T> {
	const startedAt = Date.now();
	const { isTTY } = process.stdout;
	const seconds = () => `${Math.round((Date.now() - startedAt) / 1000)} s`;
	const show = () => process.stdout.write(isTTY ? `\r\x1b[K${what()} (${seconds()})` : `${what()} (${seconds()})\n`);
	show();
	const timer = setInterval(show, isTTY ? 1000 : betweenLines);
	try {
		return await work();
	} finally {
		clearInterval(timer);
		show();
		if (isTTY) process.stdout.write('\n');
	}
}
