import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** The fenced blocks of a page that are in a language, in their order. `page` is a path from the repository's root. */
export function blocksOf(page: string, language: string): string[] {
	const text = readFileSync(resolve(import.meta.dirname, '../..', page), 'utf8');
	return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, block]) => block ?? '');
}
