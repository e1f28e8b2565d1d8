/**
 * Licenses under which packages may ship with a program that has the MIT license: they ask for their text to be kept, and
 * nothing of the rest of the program.
 */
const compatible = new Set([
	'0BSD',
	'Apache-2.0',
	'BlueOak-1.0.0',
	'BSD-2-Clause',
	'BSD-3-Clause',
	'CC0-1.0',
	'ISC',
	'MIT',
	'MIT-0',
	'Python-2.0',
	'Unlicense',
	'Zlib',
]);

/**
 * Whether what has this license may ship with ours. Of alternatives, one is enough.
 *
 * @param expression an SPDX expression, such as `(MIT OR GPL-3.0-only)`
 */
export function isCompatible(expression: string | undefined): boolean {
	if (expression === undefined) return false;
	const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
	const term = (): boolean => {
		const token = tokens.shift();
		if (token !== '(') return compatible.has(token ?? '');
		const value = either();
		return tokens.shift() === ')' && value;
	};
	const all = (): boolean => {
		let value = term();
		while (tokens[0] === 'AND') {
			tokens.shift();
			value = term() && value;
		}
		return value;
	};
	const either = (): boolean => {
		let value = all();
		while (tokens[0] === 'OR') {
			tokens.shift();
			value = all() || value;
		}
		return value;
	};
	// What is left over is no expression that this knows, such as one with exceptions.
	return either() && tokens.length === 0;
}
