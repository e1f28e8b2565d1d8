/** When a model ends. A name that ends with * stands for all names that begin like it. */
export type Shutdown = {
	provider: string;
	model: string;
	/** The first day (2027-01-31) on which the provider does not run it any more. null: none, even if another list has one. */
	shutDownOn: string | null;
	/** The model that the provider names in its place. */
	successor: string | null;
	/** The page that says so. */
	source: string;
};

/** What is known of the end of one model. */
export type ModelEnd = Pick<Shutdown, 'successor' | 'source'> & { shutDownOn: string };

type Named = { provider: string; model: string };

function keyOf({ provider, model }: Named): string {
	return `${provider}\n${model}`;
}

/** A successor's successor and so on. No provider has had longer chains; a circle ends here too. */
const maxSteps = 8;

/** Which models end. It only tells: no model is ever replaced. */
export class EndOfLife {
	readonly #exact = new Map<string, Shutdown>();
	readonly #beginnings: { beginning: string; shutdown: Shutdown }[] = [];

	/** @param shutdowns the later of two for one name counts */
	constructor(shutdowns: readonly Shutdown[]) {
		for (const shutdown of shutdowns) {
			const key = keyOf(shutdown);
			if (key.endsWith('*')) this.#beginnings.unshift({ beginning: key.slice(0, -1), shutdown });
			else this.#exact.set(key, shutdown);
		}
	}

	/** When the model ends, and what the provider names in its place. Undefined: nothing is known. */
	of(named: Named): ModelEnd | undefined {
		const shutdown = this.#find(named);
		if (shutdown === undefined || shutdown.shutDownOn === null) return undefined;
		const { shutDownOn, source } = shutdown;
		return { shutDownOn, source, successor: this.#lastSuccessor(shutdown) };
	}

	#find(named: Named): Shutdown | undefined {
		const key = keyOf(named);
		return this.#exact.get(key) ?? this.#beginnings.find(({ beginning }) => key.startsWith(beginning))?.shutdown;
	}

	/** An old page can name a successor that has an end as well. Then that one's successor helps. */
	#lastSuccessor({ provider, successor }: Shutdown): string | null {
		let last = successor;
		for (let step = 0; step < maxSteps && last !== null; step += 1) {
			const next = this.#find({ provider, model: last });
			if (next === undefined || next.shutDownOn === null) return last;
			last = next.successor;
		}
		return last;
	}
}
