import { maxReplyLength, type MockReplies } from '../../contract/mock.ts';
import type { Sampling } from '../../domain/provider.ts';
import { insertInputs, textOf } from '../../domain/prompts/template.ts';

type Inputs = Record<string, string>;
type Rule = NonNullable<MockReplies['replies']>[number];

/** The inputs as a template shows them. Only their beginnings count, so that no input makes a reply slow or endless. */
function beginnings(inputs: Sampling['inputs']): Inputs {
	const present = Object.entries(inputs).filter(([, value]) => value !== null && value !== undefined);
	return Object.fromEntries(present.map(([name, value]) => [name, textOf(value).slice(0, maxReplyLength)]));
}

function holds({ when }: Rule, lowerCase: Inputs): boolean {
	return Object.entries(when).every(([name, texts]) => {
		if (!Object.hasOwn(lowerCase, name)) return false;
		return [texts].flat().some((text) => lowerCase[name]!.includes(text.toLowerCase()));
	});
}

/** What a config tells the mock to say to these inputs, by the index of the sample; undefined if it tells nothing. */
export function cannedReplies({ mockReplies, inputs, seed = 0 }: Sampling): ((index: number) => string) | undefined {
	if (mockReplies === undefined) return undefined;
	const known = beginnings(inputs);
	const lowerCase = Object.fromEntries(Object.entries(known).map(([name, text]) => [name, text.toLowerCase()]));
	const rule = mockReplies.replies?.find((candidate) => holds(candidate, lowerCase));
	const replies = [rule?.reply ?? mockReplies.otherwise ?? []].flat();
	if (replies.length === 0) return undefined;
	return (index) => {
		const reply = replies.at((seed + index) % replies.length) as string;
		return insertInputs(reply, known).slice(0, maxReplyLength);
	};
}
