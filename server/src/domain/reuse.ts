import type { Log } from './log.ts';
import type { CheckSizes } from './storeRecords.ts';

/** Which answer an earlier call must have: with so many samples, and not older than that. */
export type ReusableAnswer = { hash: string; numSamples: number; notBefore: string };

/** What a sample of an earlier call says. */
export type ReusableSample = Pick<Log, 'id' | 'rawOutput' | 'outputMessage' | 'finishReason'>;

export type ReuseReads = {
	/**
	 * The samples of the newest call with the answer, in their order. Undefined if there is none, or if some of them were
	 * deleted or are about to be.
	 */
	reusableSamples(answer: ReusableAnswer, checkSizes: CheckSizes): Promise<ReusableSample[] | undefined>;
};

export type ReuseWrites = {
	/**
	 * Whether the samples of an answer are all still there, and nobody has asked to delete them. Nobody else deletes them until
	 * the transaction ends.
	 */
	keepReusable(ids: string[]): Promise<boolean>;
};
