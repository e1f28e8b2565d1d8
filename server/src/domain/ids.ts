import { createHash, randomBytes } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const length = 21;

type Prefix = 'data' | 'pr' | 'sesh' | 'config' | 'ann';

/** A new ID as the contract's examples show them: prefix and 21 of [A-Za-z0-9], each equally likely. */
export function newId(prefix: Prefix): string {
	let text = '';
	while (text.length < length) {
		for (const byte of randomBytes(32)) {
			// 62 of 64 values are used; taking the others modulo 62 would favour the first two characters.
			const character = alphabet[byte & 63];
			if (character !== undefined && text.length < length) text += character;
		}
	}
	return `${prefix}_${text}`;
}

/** The ID that follows from the content, the same on every server: 21 base-62 digits of its SHA-256. */
export function contentId(prefix: Prefix, content: string): string {
	let number = BigInt(`0x${createHash('sha256').update(content).digest('hex')}`);
	let text = '';
	for (let i = 0; i < length; i += 1) {
		text += alphabet[Number(number % 62n)];
		number /= 62n;
	}
	return `${prefix}_${text}`;
}
