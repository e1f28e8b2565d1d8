import type { LanguageModelV4CallOptions, LanguageModelV4Message } from '@ai-sdk/provider';
import type { CacheControl } from '../../contract/caching.ts';
import { unprocessable } from '../../domain/apiError.ts';
import type { Sampling } from '../../domain/provider.ts';

/**
 * The options with the config's breakpoints, up to which Claude's host keeps the prompt. `toMark` makes the mark of one.
 * Throws 422 for a breakpoint on what the call does not have.
 */
export function withBreakpoints<T extends Pick<LanguageModelV4CallOptions, 'prompt'>>(
	{ cacheControl, tools }: Sampling,
	toMark: (cacheControl: CacheControl) => NonNullable<LanguageModelV4Message['providerOptions']>,
	options: T,
): T {
	if (cacheControl === undefined) return options;
	const mark = toMark(cacheControl);
	const marked = new Set<number>();
	for (const breakpoint of cacheControl.breakpoints ?? ['system']) {
		const end = options.prompt.findIndex(({ role }) => role !== 'system');
		const systemEnd = (end === -1 ? options.prompt.length : end) - 1;
		if (breakpoint === 'last_message') marked.add(options.prompt.length - 1);
		else if (systemEnd >= 0) marked.add(systemEnd);
		else {
			throw unprocessable(
				'"cache_control" has the breakpoint "system", but the prompt has no system message' +
					`${tools.length > 0 ? ', which breakpoints on tools also need' : ''}. Add one, or use the breakpoint "last_message".`,
			);
		}
	}
	const prompt = options.prompt.map((message, index): LanguageModelV4Message =>
		marked.has(index) ? { ...message, providerOptions: mark } : message,
	);
	return { ...options, prompt };
}
