import type { CallRequest, MessageResponse } from '../../contract/calls.ts';
import type { ToolChoice } from '../../contract/messages.ts';
import { ApiError } from '../apiError.ts';
import { inMebibytes, memoryPerByte, type MemoryShare } from '../memory.ts';

/** The response repeats inputs and messages in each sample: as text for the caller and as the bytes of that text. */
const memoryPerReturnedByte = 3;

/** How many bytes a text has in UTF-8. */
function utf8Length(text: string): number {
	return Buffer.byteLength(text);
}

/** How many bytes a text has in an event of a stream, which is ASCII: six for each UTF-16 code unit above that. */
function asciiLength(text: string): number {
	// Most texts need no second look.
	if (Buffer.byteLength(text) === text.length) return text.length;
	let length = text.length;
	for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7e) length += 5;
	return length;
}

/** About how many bytes a value has as JSON. */
export function sizeOf(value: unknown, lengthOf = utf8Length): number {
	if (typeof value === 'string') return lengthOf(value) + 2;
	if (typeof value !== 'object' || value === null) return 8;
	let size = 2;
	for (const [key, inner] of Object.entries(value))
		size += (Array.isArray(value) ? 1 : key.length + 4) + sizeOf(inner, lengthOf);
	return size;
}

export function tooLarge(bytes: number, maxBytes: number): ApiError {
	return new ApiError(
		413,
		`This call would take about ${inMebibytes(bytes)}, and one call may take ${inMebibytes(maxBytes)} (MAX_CALL_BYTES). ` +
			'This counts the inputs, the prompt, the metadata of each sample, and inputs and messages in each sample of the response. ' +
			'Send less, ask for fewer samples, or set return_inputs to false.',
	);
}

/** A call that is about to be made. `messages` are those that its logs and its response have, if it is a chat. */
type SizedCall = {
	request: CallRequest;
	messages: MessageResponse[] | undefined;
	toolChoice: ToolChoice | undefined;
	/** The bodies for each model that the call can ask. */
	providerRequests: object[];
};

/**
 * Checks what a call would store and return, before it costs anything. Throws 413 if that is too much, and 503 if the
 * memory has no room for it now.
 */
export function checkCallSize(
	{ request, messages, toolChoice, providerRequests }: SizedCall,
	maxBytes: number,
	memory: MemoryShare | undefined,
): void {
	const samples = request.num_samples ?? 1;
	const { source, user, source_datapoint_id: datapoint } = request;
	const sizeOfInputs = (lengthOf: typeof utf8Length) =>
		sizeOf(request.inputs, lengthOf) + (messages === undefined ? 0 : sizeOf(messages, lengthOf));
	const inputs = sizeOfInputs(utf8Length);
	const sent = providerRequests.reduce((sum, body) => sum + sizeOf(body), 0);
	const perSample = sizeOf([request.metadata, source, user, datapoint, toolChoice]);
	const inResponse = request.stream === true ? sizeOfInputs(asciiLength) : inputs;
	const returned = request.return_inputs === false ? 0 : samples * inResponse;
	const total = inputs + sent + samples * perSample + returned;
	if (total > maxBytes) throw tooLarge(total, maxBytes);
	memory?.growTo((memoryPerByte / 2) * (inputs + sent + samples * perSample) + memoryPerReturnedByte * returned);
}
