import type { LogResponse } from '../../contract/logs.ts';
import { sentMessages } from '../shared/sentMessages.ts';

/** An input as it is shown in a field. */
export function toText(value: unknown): string {
	if (value === undefined || value === null) return '';
	return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

/** What somebody typed. It stays an object, a list or a number if the input was one, and if it is JSON still. */
export function toValue(text: string, before: unknown): unknown {
	if (before === undefined || before === null || typeof before === 'string') return text;
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return text;
	}
}

/**
 * What went into a call, in a line to choose from. The last message that was sent comes first: the inputs of a chat are
 * often the same in each call.
 */
export function summaryOf(log: LogResponse): string {
	const content = sentMessages(log).at(-1)?.content;
	const texts = [content, ...Object.values(log.inputs ?? {})].map((value) => toText(value).replace(/\s+/g, ' ').trim());
	const text = texts.filter((one) => one !== '').join(' · ');
	return text === '' ? 'no inputs' : text.length > 90 ? `${text.slice(0, 90)}…` : text;
}
