import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** The fields of a process in Linux's /proc that follow its name, or undefined if it has ended. */
function statOf(pid: number | string): number[] | undefined {
	try {
		const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
		return text
			.slice(text.lastIndexOf(')') + 4)
			.split(' ')
			.map(Number);
	} catch {
		return undefined;
	}
}

function millisecondsOf(stat: number[], withEndedChildren: boolean): number {
	const [user, system, childUser, childSystem] = stat.slice(10, 14) as [number, number, number, number];
	return ((user + system + (withEndedChildren ? childUser + childSystem : 0)) / ticksPerSecond) * 1000;
}

/** The processor time of a process so far, in milliseconds. */
export function processorTime(pid: number): number {
	return millisecondsOf(statOf(pid) ?? [], false);
}

/** The processor time of a process, its children, and those of its children that have ended, in milliseconds. */
export function processorTimeOfTree(pid: number): number {
	const children = readdirSync('/proc')
		.filter((name) => /^\d+$/.test(name))
		.flatMap((name) => {
			const stat = statOf(name);
			return stat?.[0] === pid ? [millisecondsOf(stat, false)] : [];
		});
	return children.reduce((sum, time) => sum + time, millisecondsOf(statOf(pid) ?? [], true));
}
