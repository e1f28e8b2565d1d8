import axios from 'axios';

import { startOwn, type Program } from './processes.ts';

export interface Behavior {
	/** After how many milliseconds the answer, or the first token of a stream, comes. */
	delayMs: number;
	tokens: number;
	/** Milliseconds between two tokens. */
	tokenMs: number;
}

export interface Provider extends Program {
	set(behavior: Partial<Behavior>): Promise<void>;
	/** How many completions it was asked for since it started. */
	calls(): Promise<number>;
}

/** Starts the stand-in for OpenAI. */
export async function startProvider(folder: string, signal: AbortSignal): Promise<Provider> {
	const program = await startOwn('provider', folder, signal);
	return {
		...program,
		set: async (behavior) => void (await axios.put(`${program.url}/behavior`, behavior)),
		calls: async () => (await axios.get<{ calls: number }>(`${program.url}/calls`)).data.calls,
	};
}
