/**
 * The processor time that work takes, in milliseconds: that of all threads of this process. Unlike the time on the clock, it
 * hardly depends on what else runs on the machine.
 */
export async function cpuTimeOf(work: () => unknown): Promise<number> {
	const before = process.cpuUsage();
	await work();
	const { user, system } = process.cpuUsage(before);
	return (user + system) / 1000;
}
