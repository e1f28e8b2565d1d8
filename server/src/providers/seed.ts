import { unprocessable } from '../domain/apiError.ts';
import type { Sampling } from '../domain/provider.ts';

/** For a host that returns one sample per request. Throws 422 if a seed would make all samples of a call the same. */
export function checkSeed({ seed, numSamples }: Sampling, origin: string): void {
	if (seed === undefined || numSamples <= 1) return;
	throw unprocessable(
		`${origin} would return the same text ${numSamples} times, because each sample is a request of its own with the ` +
			'same seed. Leave the seed out, or ask for one sample.',
	);
}
