import type { LogResponse } from '../../contract/logs.ts';

/** A log in the tree of its session. Times are milliseconds from the start of the session. */
export interface Branch {
	log: LogResponse;
	/** 0 for a log without a parent in this session. */
	depth: number;
	start: number;
	/** The same as `start` where the duration is not known. */
	end: number;
}

function startOf({ created_at }: LogResponse): number {
	return Date.parse(created_at);
}

/**
 * The logs of a session as rows: each parent is followed by its children, and siblings are in the order of their times.
 * A log whose parent is not among them is a root.
 */
export function branchesOf(logs: LogResponse[]): Branch[] {
	const known = new Set(logs.map(({ id }) => id));
	const children = Map.groupBy(logs, ({ parent_id }) => (parent_id !== null && known.has(parent_id) ? parent_id : ''));
	const origin = Math.min(...logs.map(startOf));
	const branches: Branch[] = [];
	const add = (parent: string, depth: number): void => {
		const siblings = (children.get(parent) ?? []).toSorted((a, b) => startOf(a) - startOf(b));
		for (const log of siblings) {
			const start = startOf(log) - origin;
			branches.push({ log, depth, start, end: start + (log.duration ?? 0) * 1000 });
			add(log.id, depth + 1);
		}
	};
	add('', 0);
	return branches;
}

/** Round steps for a time axis that ends at `length` milliseconds: at most five, from 0. */
export function axisSteps(length: number): number[] {
	const rough = length / 4;
	const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
	const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
	return Array.from({ length: Math.floor(length / step) + 1 }, (_, index) => index * step);
}
