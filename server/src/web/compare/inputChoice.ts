/** How many of the newest inputs can be run. */
export const counts = [5, 10, 20, 50];

/** How many of the newest inputs can be listed, to choose from. */
const lengths = [50, 100, 200];

/** On which logged inputs both versions run. */
export interface InputChoice {
	/** How many of the newest inputs are read, at most. */
	count: number;
	/** IDs of the logs whose inputs somebody has chosen. Undefined: all that are read. */
	chosen: ReadonlySet<string> | undefined;
}

const oneOf = (numbers: number[], text: string | null, otherwise: number) =>
	numbers.find((number) => String(number) === text) ?? otherwise;

/** The choice in an address: `inputs=20`, or `inputs=chosen&chosen=<id>.<id>`, with `listed` for a longer list. */
export function inputChoiceOf(parameters: URLSearchParams): InputChoice {
	if (parameters.get('inputs') !== 'chosen') {
		return { count: oneOf(counts, parameters.get('inputs'), 20), chosen: undefined };
	}
	const ids = (parameters.get('chosen') ?? '').split('.').filter((id) => id !== '');
	return { count: oneOf(lengths, parameters.get('listed'), lengths[0]!), chosen: new Set(ids) };
}

/** What stands for the choice in the address. */
export const chosenText = (ids: Iterable<string>) => [...ids].join('.');

/** How long the list is when more of it is shown. Undefined: it does not get longer. */
export const longerList = (length: number) => lengths.find((next) => next > length);
