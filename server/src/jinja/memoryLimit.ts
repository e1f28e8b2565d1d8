/** The number of the section of a WebAssembly module that declares its memory. */
const memorySection = 5;
/** The sections begin after the magic number and the version. */
const firstSection = 8;

/** Reads an unsigned LEB128 number. `next` is the position after it. */
function readNumber(bytes: Uint8Array, at: number): { value: number; next: number } {
	let value = 0;
	for (let shift = 0, next = at; shift < 32; shift += 7) {
		const byte = bytes[next] ?? 0;
		next += 1;
		value += (byte & 0x7f) * 2 ** shift;
		if (byte < 0x80) return { value, next };
	}
	throw new Error('the WebAssembly module cannot be read');
}

function numberBytes(value: number): number[] {
	return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...numberBytes(value >>> 7)];
}

/**
 * The WebAssembly module with a limit for its memory, in pages of 64 KiB. Only the module itself can declare one. Throws
 * if the module declares no memory, several, or a limit of its own.
 */
export function withMemoryLimit(module: Uint8Array, maxPages: number): Uint8Array<ArrayBuffer> {
	for (let at = firstSection; at < module.length;) {
		const size = readNumber(module, at + 1);
		const end = size.next + size.value;
		if (module[at] === memorySection) {
			const [count, hasLimit] = module.subarray(size.next, end);
			if (count !== 1 || hasLimit !== 0) throw new Error('the WebAssembly module has another kind of memory');
			const initialPages = readNumber(module, size.next + 2).value;
			const section = [1, 1, ...numberBytes(initialPages), ...numberBytes(maxPages)];
			const header = [memorySection, ...numberBytes(section.length)];
			return Uint8Array.from(
				Buffer.concat([module.subarray(0, at), Buffer.from([...header, ...section]), module.subarray(end)]),
			);
		}
		at = end;
	}
	throw new Error('the WebAssembly module has no memory');
}
