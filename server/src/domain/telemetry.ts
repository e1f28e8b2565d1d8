import type { CallOrigin } from '../contract/callOrigin.ts';
import type { ResponseReport } from './provider.ts';
import type { Rejection } from './apiError.ts';

/** A request to the API that has ended. */
export type EndedRequest = {
	method: string;
	/** The pattern of the route, not the path: paths have IDs in them. "none" if there is no such route. */
	route: string;
	/**
	 * The status of the response. If a stream broke, that of its error. 499 if the caller disconnected before the response
	 * was complete.
	 */
	status: number;
	seconds: number;
	/** Whether the response was another request's. */
	isReplay: boolean;
	/** Whether the answer was that of an earlier call, which was paid for. */
	isReuse: boolean;
	/** Why the request was not carried out, if it was not. */
	rejection: Rejection | undefined;
};

/** A call that has arrived and that may run a model. */
export type ArrivedCall = {
	method: string;
	route: string;
	requestId: string;
	/** Where it came from, if its caller says so. */
	origin: CallOrigin | null;
	/** They may name the trace that the call belongs to. */
	headers: Record<string, string | string[] | undefined>;
	/** How long ago it arrived, in milliseconds. */
	sinceMs: number;
};

/** A request to a model, however often it is sent until it succeeds. */
export type ModelRequest = {
	provider: string;
	model: string;
	operation: 'chat' | 'text_completion';
	/** How many samples are asked for. */
	samples: number;
	isStream: boolean;
	projectName: string | undefined;
	sessionId: string | undefined;
};

/** Learns how a request to a model goes. After `succeeded` or `failed`, it has ended. */
export type ModelRequestTelemetry = {
	/** It is sent, for the first time or again. */
	sent(): void;
	/** The response, or the first piece of a stream, is there. */
	responded(): void;
	/** It failed and is sent again after a pause of so many milliseconds. */
	retrying(error: unknown, pauseMs: number): void;
	succeeded(response: ResponseReport): void;
	failed(error: unknown): void;
};

type Model = Pick<ModelRequest, 'provider' | 'model'>;

/** Learns how a call goes. */
export type CallTelemetry = {
	startModelRequest(request: ModelRequest): ModelRequestTelemetry;
	/** A model failed, and another one is asked. */
	fellBack(from: Model, to: Model, error: unknown): void;
	/** A model gave a response that cost so many US dollars. null: nobody knows its price. */
	charged(model: Model, cost: number | null): void;
	ended(request: EndedRequest): void;
};

/** Learns how writes to the database go. */
export type StorageTelemetry = {
	/** So many writes were committed together. */
	committed(seconds: number, writes: number): void;
	/** A write failed. If that is temporary, it can succeed later. */
	writeFailed(isTemporary: boolean): void;
};

/**
 * What the server tells about its work. Nothing that it is told may hold up the work or make it fail, and nothing that
 * callers or models say is passed to it, except for the names of models, projects and sessions, and where calls come from.
 */
export type Telemetry = StorageTelemetry & {
	requestEnded(request: EndedRequest): void;
	startCall(call: ArrivedCall): CallTelemetry;
};

/** For storage that nobody watches. */
export const noStorageTelemetry: StorageTelemetry = { committed: () => undefined, writeFailed: () => undefined };
