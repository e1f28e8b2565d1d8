/** A .prompt file cannot be read. The message says in which line and why. */
export class PromptFileError extends Error {}

export function at(line: number, what: string): PromptFileError {
	return new PromptFileError(`line ${line}: ${what}`);
}
