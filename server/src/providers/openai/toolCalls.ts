import { randomBytes } from 'node:crypto';
import type { ToolCall } from '../../contract/messages.ts';
import { bodyIn, isBody, textIn } from '../body.ts';

/** A tool call of a response, or a part of one in a stream. What is missing is an empty text. */
export type ToolCallPiece = { index: number; id: string; name: string; arguments: string };

/** The arguments as text, as the model wrote them. Some hosts parse them: then they are a whole object. */
function argumentsIn(value: unknown): string {
	return isBody(value) ? JSON.stringify(value) : textIn(value);
}

/** The tool calls in a message or in a stream's chunk. Without an index, the position in the list counts. */
export function toolCallPieces(toolCalls: unknown): ToolCallPiece[] {
	if (!Array.isArray(toolCalls)) return [];
	return toolCalls.filter(isBody).map((call, position) => {
		const called = bodyIn(call['function']);
		return {
			index: typeof call['index'] === 'number' ? call['index'] : position,
			id: textIn(call['id']),
			name: textIn(called['name']),
			arguments: argumentsIn(called['arguments']),
		};
	});
}

/** A tool call in the contract's form. It gets an ID if the host gave none. The host's arguments can be any text. */
export function toToolCall({ id, name, arguments: text }: ToolCallPiece): ToolCall {
	return {
		id: id === '' ? `call_${randomBytes(12).toString('hex')}` : id,
		type: 'function',
		function: { name, arguments: text },
	};
}

function isWholeObject(text: string): boolean {
	try {
		return isBody(JSON.parse(text));
	} catch {
		return false;
	}
}

/** A call that is being put together. `cameWhole`: its first piece had all of its arguments, and no other has come. */
type OpenCall = ToolCallPiece & { cameWhole: boolean };

/**
 * Whether a piece begins another call than the one that has its index. Some hosts give all calls of a stream the same
 * index, or none. Others repeat the name and the ID with each piece of a call, or send another ID without a name.
 */
function beginsAnother(known: OpenCall, piece: ToolCallPiece): boolean {
	if (piece.name === '') return false;
	if (piece.id !== '' && known.id !== '') return piece.id !== known.id;
	if (piece.name !== known.name) return known.arguments !== '';
	return known.cameWhole && isWholeObject(piece.arguments);
}

/** Puts the tool calls of one sample together from a stream's pieces. */
export class ToolCallAccumulator {
	readonly #calls: OpenCall[] = [];
	/** The call that the next piece with an index belongs to. */
	readonly #current = new Map<number, OpenCall>();

	add(piece: ToolCallPiece): void {
		const known = this.#current.get(piece.index);
		if (known === undefined || beginsAnother(known, piece)) {
			const call = { ...piece, cameWhole: isWholeObject(piece.arguments) };
			this.#calls.push(call);
			this.#current.set(piece.index, call);
			return;
		}
		known.id ||= piece.id;
		if (piece.name !== known.name) known.name += piece.name;
		known.arguments += piece.arguments;
		if (piece.arguments !== '') known.cameWhole = false;
	}

	/** The calls so far, by their index. */
	get calls(): ToolCallPiece[] {
		return this.#calls.toSorted((a, b) => a.index - b.index);
	}
}
