/** Writes a line of the result to standard output. */
export function print(line: string): void {
	process.stdout.write(`${line}\n`);
}

/** Writes a line for the operator to standard error. */
export function printError(line: string): void {
	process.stderr.write(`${line}\n`);
}

/** The exit code of a program that a closed pipe has ended, as shells count it. */
const brokenPipe = 141;

/** Ends the process without a word when nobody reads its output any more, as after `| head`. */
export function endWithReader(): void {
	process.stdout.on('error', (error: NodeJS.ErrnoException) => {
		if (error.code !== 'EPIPE') throw error;
		process.exit(brokenPipe);
	});
}
