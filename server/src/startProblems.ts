import { PromptFileError } from './import/promptFile.ts';
import { messageOf } from './messageOf.ts';

/** The server cannot start this way; the message tells the operator what to do. */
export class StartError extends Error {}

function codeOf(error: unknown): string {
	return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Why the server could not be built, in one line. */
export function buildProblem(error: unknown, dataDir: string): string {
	if (error instanceof StartError) return error.message;
	if (codeOf(error) === 'ERR_SQLITE_ERROR')
		return `The database in DATA_DIR (${dataDir}) cannot be used: ${messageOf(error)}.`;
	if (error instanceof PromptFileError) return `PROMPTS_DIR cannot be read: ${error.message}.`;
	return `The server cannot start: ${messageOf(error)}.`;
}

const portReasons: Record<string, string> = {
	EADDRINUSE: 'another program uses it',
	EACCES: 'this user may not',
};

const hostReasons: Record<string, string> = {
	ENOTFOUND: 'it is neither an address nor a known name',
	EAI_AGAIN: 'it is no address, and the name could not be looked up',
	EADDRNOTAVAIL: 'it is no address of this machine',
};

/** Why nothing could listen there: which of the two settings to change, and to what. */
export function listenProblem(error: unknown, { host, port }: { host: string; port: number }): string {
	const code = codeOf(error);
	const portReason = portReasons[code];
	if (portReason !== undefined) {
		return `HOST ${host} and PORT ${port} cannot be listened on: ${portReason}. Set PORT to a free one above 1023, or to 0 for any.`;
	}
	const hostReason = hostReasons[code] ?? messageOf(error);
	const brackets = host.startsWith('[') ? ' IPv6 addresses stand there without brackets.' : '';
	return `HOST ${host} cannot be listened on: ${hostReason}. Set HOST to 127.0.0.1, or to another address of this machine.${brackets}`;
}
