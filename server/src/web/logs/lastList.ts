/** The address of the list of logs that was seen last, with its filters. */
let last: string | undefined;

export function rememberList(address: string): void {
	last = address === '' ? '/logs' : `/logs?${address}`;
}

/** The list from which a log was opened. After a reload, it is not known. */
export const lastList = () => last;
