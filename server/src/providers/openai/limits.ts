import type { ChatMessage } from '../../contract/messages.ts';
import { unprocessable } from '../../domain/apiError.ts';
import type { Sampling } from '../../domain/provider.ts';
import { checkSeed } from '../seed.ts';
import type { Feature, HostProfile } from './hosts.ts';

function hasImage(prompt: string | ChatMessage[]): boolean {
	if (typeof prompt === 'string') return false;
	return prompt.some(({ content }) => Array.isArray(content) && content.some(({ type }) => type === 'image_url'));
}

function hasPenalty({ presence_penalty: presence, frequency_penalty: frequency }: Sampling['parameters']): boolean {
	return presence !== 0 || frequency !== 0;
}

/** What a call asks for that not every host does, and what to do about it. */
const demands: { feature: Feature; isIn: (sampling: Sampling) => boolean; what: string; remedy: string }[] = [
	{
		feature: 'logprobs',
		isIn: ({ logprobs }) => logprobs !== undefined,
		what: 'log probabilities',
		remedy: 'Leave logprobs out.',
	},
	{ feature: 'seed', isIn: ({ seed }) => seed !== undefined, what: 'a seed', remedy: 'Leave seed out.' },
	{
		feature: 'json_schema',
		isIn: ({ parameters }) => parameters.response_format?.type === 'json_schema',
		what: 'a JSON schema as response_format',
		remedy: 'Use json_object, and say in the prompt what the object looks like.',
	},
	{
		feature: 'penalties',
		isIn: ({ parameters }) => hasPenalty(parameters),
		what: 'penalties',
		remedy: 'Set presence_penalty and frequency_penalty to 0.',
	},
	{ feature: 'images', isIn: ({ prompt }) => hasImage(prompt), what: 'images', remedy: 'Send text only.' },
];

/** Throws 422 for what the host cannot do, before a request costs anything. */
export function checkDemands(sampling: Sampling, { origin, lacks }: HostProfile): void {
	for (const { feature, isIn, what, remedy } of demands) {
		if (lacks.includes(feature) && isIn(sampling)) throw unprocessable(`${origin} does not take ${what}. ${remedy}`);
	}
	if (lacks.includes('n')) checkSeed(sampling, origin);
}
