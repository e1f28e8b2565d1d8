import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The checksum of a tarball as npm's registry says it (`dist.integrity`). n8n compares it with its own list. */
export function integrityOf(file: string): string {
	return `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
}
