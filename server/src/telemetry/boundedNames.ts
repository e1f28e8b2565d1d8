/** Callers choose these names, so their length has a limit too. */
const maxLength = 100;

/** Names as labels: the first `max` different ones keep theirs, all later ones are "other". */
export class BoundedNames {
	readonly #max: number;
	readonly #names = new Set<string>();

	constructor(max: number) {
		this.#max = max;
	}

	nameOf(name: string): string {
		const label = name.slice(0, maxLength);
		if (this.#names.has(label)) return label;
		if (this.#names.size >= this.#max) return 'other';
		this.#names.add(label);
		return label;
	}
}
