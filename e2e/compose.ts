import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** What these tests read of a service in a Compose file. */
export interface ComposeService {
	image?: string;
	build?: { context: string; target: string };
	command?: string[];
	environment?: Record<string, string>;
	ports?: string[];
	read_only?: boolean;
	user?: string;
	cap_drop?: string[];
	healthcheck?: { test: string[] };
	depends_on?: Record<string, { condition: string }>;
	stop_grace_period?: string;
	volumes?: string[];
	networks?: string[];
}

export interface ComposeFile {
	services: Record<string, ComposeService>;
	networks: Record<string, null>;
	volumes: Record<string, null>;
}

/**
 * Reads a Compose file, and fills in its variables as `docker compose` does, in the forms `${NAME:?words}` and
 * `${NAME:-default}`.
 *
 * @throws an error with the words of a variable that is missing or empty
 */
export function readCompose(file: string, variables: Record<string, string>): ComposeFile {
	return filledIn(parse(readFileSync(file, 'utf8'), { merge: true }), variables) as ComposeFile;
}

function filledIn(value: unknown, variables: Record<string, string>): unknown {
	if (Array.isArray(value)) return value.map((each) => filledIn(each, variables));
	if (typeof value === 'object' && value !== null)
		return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, filledIn(each, variables)]));
	if (typeof value !== 'string') return value;
	return value.replace(/\$\{(\w+)(:\?|:-)([^}]*)\}/g, (_, name: string, form: string, text: string) => {
		const known = variables[name];
		if (known) return known;
		if (form === ':?') throw new Error(text);
		return text;
	});
}

/** The variables of an environment file. */
export function readEnvFile(file: string): Record<string, string> {
	const lines = readFileSync(file, 'utf8').split('\n');
	const pairs = lines.filter((line) => /^\w+=/.test(line)).map((line) => line.split(/=(.*)/s, 2));
	return Object.fromEntries(pairs as [string, string][]);
}
