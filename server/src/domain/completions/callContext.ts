import type { CallOrigin } from '../../contract/callOrigin.ts';
import type { CallResponse } from '../../contract/calls.ts';
import type { Actor, ModelParameters } from '../entities.ts';
import type { Caller } from '../idempotency/idempotency.ts';
import type { CallTelemetry } from '../telemetry.ts';
import type { CallEndpoint } from './endpoint.ts';
import type { Listener } from './listener.ts';

/** One of the calls that may be in flight at the same time. */
export type Slot = {
	/** Acquires the slot, unless it is acquired already. Returns false if too many calls are in flight. */
	acquire(): boolean;
	release(): void;
};

/** How a completion call arrived. */
export type CallContext = Caller & {
	endpoint: CallEndpoint;
	/** Who called. */
	actor: Actor;
	/** When the caller stops waiting, as a reading of `performance.now()`. */
	deadline: number;
	/** How many requests to the provider may fail. Undefined: the server decides, for each call of its own. */
	maxRetries: number | undefined;
	/** How old the answer to the same call may be to be used again, in seconds. Undefined: it is not wanted. */
	reuseMaxAge: number | undefined;
	/** Called with the log whose answer the response repeats, before the first event. */
	onReused: (logId: string) => void;
	/** Called if the call completes an earlier response, with the tokens of that one. It comes before the first event. */
	onPrior: ((usage: CallResponse['usage']) => void) | undefined;
	/** Called with the config that the call runs, before anything is sent. */
	onConfig: (parameters: ModelParameters) => void;
	/** Where the call came from, if its caller says so. It is stored with the logs and changes nothing else. */
	origin: CallOrigin | null;
	/** Called with the ID of the log of a call that has failed, before its error is thrown. */
	onFailedLog: (logId: string) => void;
	/** Released when the call ends. */
	slot: Slot;
	/** Gets the events of a call that runs as a stream, but not those of a replay. */
	listener: Listener | undefined;
	telemetry: CallTelemetry;
};
