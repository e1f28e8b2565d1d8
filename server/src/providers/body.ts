export type Body = Record<string, unknown>;

export function isBody(value: unknown): value is Body {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value if it is an object, else an empty one. */
export function bodyIn(value: unknown): Body {
	return isBody(value) ? value : {};
}

/** The value if it is a text, else an empty one. */
export function textIn(value: unknown): string {
	return typeof value === 'string' ? value : '';
}
