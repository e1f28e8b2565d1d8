/**
 * Whether the answers to an input are shown in exchanged places, while nobody is to know which is which. Only the run and the
 * input decide. So a reload exchanges nothing, and neither do inputs that are chosen later.
 */
export function isExchanged(run: string, inputId: string): boolean {
	let sum = 0;
	for (const unit of run + inputId) sum = (sum * 31 + unit.charCodeAt(0)) % 65_521;
	return sum % 2 === 1;
}
