import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Programs that need GitHub. A stand-in writes down how it was called, one line of JSON for each call. */
const programs = ['cosign', 'gh'];

/** Makes the stand-ins in a folder for the path. */
export function makeStandIns(folder: string): { calls(program: string): string[][] } {
	mkdirSync(folder);
	const log = path.join(folder, 'calls');
	for (const program of programs) {
		const call = `JSON.stringify([${JSON.stringify(program)}, ...process.argv.slice(2)])`;
		const code = `require('node:fs').appendFileSync(${JSON.stringify(log)}, ${call} + '\\n');`;
		writeFileSync(path.join(folder, program), `#!${process.execPath}\n${code}\n`, { mode: 0o755 });
	}
	return {
		calls: (program) =>
			(existsSync(log) ? readFileSync(log, 'utf8') : '')
				.split('\n')
				.filter(Boolean)
				.map((line) => JSON.parse(line) as string[])
				.filter(([name]) => name === program)
				.map(([, ...args]) => args),
	};
}
