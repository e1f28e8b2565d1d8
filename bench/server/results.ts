import { cpus, totalmem } from 'node:os';

import type { SyncTimes } from './disk.ts';
import type { Growth } from './growth.ts';
import type { AtRest, MemorySample } from './memory.ts';
import type { RequestRound } from './requests.ts';
import type { StreamRound } from './streams.ts';
import type { WayId } from './ways.ts';

/** What one run found. Parts that it left out are empty. */
export interface Results {
	machine: { processors: number; model: string; memoryGb: number; node: string };
	minutes: number;
	titles: Partial<Record<WayId, string>>;
	/** Memory after a start of the built package, and of the TypeScript in `server/src`. */
	starts: { package: AtRest[]; source: AtRest[] };
	rate: RequestRound[];
	latency: RequestRound[];
	firstToken: StreamRound[];
	streams: StreamRound[];
	growth: Growth;
	memory: MemorySample[];
	/** The most that each program held, in MB. */
	peakMb: Record<string, number>;
	/** At the beginning and at the end. */
	syncs: SyncTimes[];
}

export function emptyResults(): Results {
	const [processor] = cpus();
	return {
		machine: {
			processors: cpus().length,
			model: processor?.model.trim() ?? 'unknown',
			memoryGb: Math.round(totalmem() / 1e9),
			node: process.versions.node,
		},
		minutes: 0,
		titles: {},
		starts: { package: [], source: [] },
		rate: [],
		latency: [],
		firstToken: [],
		streams: [],
		growth: { logs: [], samples: [], promptBytes: [], streams: [] },
		memory: [],
		peakMb: {},
		syncs: [],
	};
}
