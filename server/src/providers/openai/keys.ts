import { unprocessable } from '../../domain/apiError.ts';
import type { Sampling } from '../../domain/provider.ts';

/** A key of the call. Undefined if it brings none: a form that was not filled in sends an empty one. Throws 422. */
export function callersKey({ keys }: Sampling, field: string): string | undefined {
	const key = keys[field];
	if (typeof key !== 'string' || key === '') return undefined;
	if (/^[\x21-\x7e]+$/.test(key)) return key;
	throw unprocessable(
		`The key "${field}" in "provider_api_keys" cannot be used: a key has no white space and only ASCII characters. ` +
			'Copy it again.',
	);
}
