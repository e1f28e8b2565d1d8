import { ApiError, messageOf } from '../domain/apiError.ts';
import { PromptFileError } from '../domain/promptFiles/problems.ts';

/** A part of an export cannot be imported. The message says why and has nothing of its contents, which can be secret. */
export class ImportProblem extends Error {}

const fileSystemWords: Record<string, string> = {
	ENOENT: 'it is not there',
	EACCES: 'you may not read it',
	EPERM: 'you may not read it',
	EISDIR: 'it is a folder',
	ENOTDIR: 'it is not a folder',
	ELOOP: 'it is a link that leads back to itself',
};

/**
 * Why something cannot be imported, in words. Undefined for an error that is not about what was to be imported, such as a
 * database that cannot be written.
 */
export function reasonOf(error: unknown): string | undefined {
	if (error instanceof ImportProblem || error instanceof PromptFileError) return messageOf(error);
	// The database said no to this record.
	if (error instanceof ApiError && error.status < 500) return error.message.replace(/\.$/, '');
	if (!(error instanceof Error && 'syscall' in error && 'code' in error)) return undefined;
	const code = String(error.code);
	return fileSystemWords[code] ?? `it cannot be read (${code})`;
}
