/** Writes a line of the result to standard output. */
export function print(line: string): void {
	process.stdout.write(`${line}\n`);
}

/** Writes a line for the operator to standard error. */
export function printError(line: string): void {
	process.stderr.write(`${line}\n`);
}
