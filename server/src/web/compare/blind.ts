/**
 * Whether the answers of an input are shown in exchanged places, while nobody is to know which is which. Of two inputs
 * that follow each other, one has them exchanged: so each version is on each side equally often. It stays the same for a
 * run, so that a reload exchanges nothing.
 *
 * @param position of the input in the run, from 0
 */
export function isExchanged(run: string, position: number): boolean {
	let sum = 0;
	for (const unit of `${run} ${position >> 1}`) sum = (sum * 31 + unit.charCodeAt(0)) % 65_521;
	return ((sum >> 3) + position) % 2 === 1;
}
