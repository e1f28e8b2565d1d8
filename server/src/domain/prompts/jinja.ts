import type { Problem, ProblemKind } from '../../jinja/protocol.ts';
import { JinjaThread } from '../../jinja/thread.ts';
import { ApiError, unprocessable } from '../apiError.ts';
import { missingInputs } from './template.ts';

/** A text of a config that inputs can be filled into. `field` says where in the config it is. */
export type Template = { field: string; text: string };

/** One for the whole process: it holds nothing of the templates that it has filled. */
const thread = new JinjaThread();

const whatIsWrong: Record<Exclude<ProblemKind, 'busy'>, (message: string) => string> = {
	syntax: (message) => `the template has a syntax error: ${message}. Correct it, and store the config again`,
	undefined: (expression) =>
		`"${expression}" is not defined. Send it in "inputs", or test it with "is defined" or "default"`,
	effort: () => 'the template does too much. Shorten its loops',
	memory: () =>
		'the template needs too much memory, or calls itself. Shorten the texts and lists that it makes, or send smaller inputs',
	length: () => 'the template makes more than 10 MiB of text. Shorten it',
	other: (message) => message,
};

const adviceForMissing = 'Add each of them to "inputs", or test it in the template with "is defined" or "default".';

/** 503: nothing is wrong with the template. */
function busy(): ApiError {
	return new ApiError(503, 'Too many Jinja templates wait to be filled. Try again in a moment.', {
		retryAfterMs: 1_000,
		rejection: 'too_many_calls',
	});
}

/** 422 that names the template, the line and what is wrong. 503 if the thread was busy. */
function problemError({ kind, index, line, message }: Problem, templates: readonly Template[]): ApiError {
	if (kind === 'busy') return busy();
	const field = templates[index ?? 0]?.field;
	// Which message of several took too long is not known.
	const where = index === undefined && templates.length > 1 ? 'chat_template' : field;
	const place = line === undefined ? where : `${where}, line ${line}`;
	return unprocessable(`${place}: ${whatIsWrong[kind](message)}.`);
}

/**
 * Fills Jinja templates. Each has its own variables. Inputs that are missing are a 422 that lists their names, of all
 * templates, unless the template tests them. So is a template that has a syntax error, or does too much. `checkLength`
 * gets the length of all texts together, in characters. Throws the signal's reason at once when that is aborted.
 */
export async function renderJinja(
	templates: readonly Template[],
	inputs: Record<string, unknown>,
	checkLength: (length: number) => void,
	signal?: AbortSignal,
): Promise<string[]> {
	const outcome = await thread.run({ templates: templates.map(({ text }) => text), inputs }, signal);
	if ('problem' in outcome) throw problemError(outcome.problem, templates);
	if ('missing' in outcome) throw missingInputs(outcome.missing, adviceForMissing);
	checkLength(outcome.texts.reduce((sum, text) => sum + text.length, 0));
	return outcome.texts;
}

/** Throws a 422 that names template and line if one of the templates has a syntax error. */
export async function checkJinja(templates: readonly Template[]): Promise<void> {
	const outcome = await thread.run({ templates: templates.map(({ text }) => text) });
	if ('problem' in outcome) throw problemError(outcome.problem, templates);
}
