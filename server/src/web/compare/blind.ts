/**
 * Whether the answers of an input are shown in exchanged places while nobody is to know which is which. It is always
 * the same for an input of a run, so that a reload does not exchange them again.
 */
export function isExchanged(run: string, inputId: string): boolean {
	let sum = 0;
	for (const unit of run + inputId) sum = (sum * 31 + unit.charCodeAt(0)) % 65_521;
	return (sum >> 3) % 2 === 1;
}
