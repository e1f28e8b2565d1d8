/** Writes a line of the result to standard output. */
export function print(line: string): void {
	process.stdout.write(`${line}\n`);
}

/** Writes a line for the operator to standard error. */
export function printError(line: string): void {
	process.stderr.write(`${line}\n`);
}

/** Ends the process, with success, when nobody reads its output any more, as after `| head`. */
export function endWithReader(): void {
	process.stdout.on('error', (error: NodeJS.ErrnoException) => {
		if (error.code !== 'EPIPE') throw error;
		process.exit(0);
	});
}
