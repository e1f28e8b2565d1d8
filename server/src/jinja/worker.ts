import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parentPort } from 'node:worker_threads';
import { Environment, initSync } from 'minijinja-js/dist/web/minijinja_js.js';
import { guardMissing } from './guard.ts';
import { withMemoryLimit } from './memoryLimit.ts';
import { toProblem, undefinedExpression } from './problems.ts';
import type { Answer, Job, Outcome, Problem } from './protocol.ts';

/** Instructions that one template may execute. A loop that prints something takes about five for each round. */
const maxFuel = 200_000;
/** 64 MiB, in pages of 64 KiB. */
const maxPages = 1024;
/** Memory is never given back, so a thread that took more is replaced. */
const spentBytes = 16 * 1024 * 1024;
/** As much as the body of a request can have. */
const maxCharacters = 10 * 1024 * 1024;
/** How many missing inputs are looked for. */
const maxMissing = 100;
/**
 * How long they are looked for, in milliseconds from the start of the job. The job itself is ended after 2 s, and then
 * none of them would be named.
 */
const maxSearchMs = 1_500;
/** Globals that Jinja2 does not have. `debug` prints everything there is. */
const foreignGlobals = ['debug', 'randrange', 'now'];

const wasmFile = fileURLToPath(import.meta.resolve('minijinja-js/dist/web/minijinja_js_bg.wasm'));
// The engine says here how it failed. The answer says it too.
console.error = () => undefined;
const { memory } = initSync({ module: withMemoryLimit(readFileSync(wasmFile), maxPages) }) as {
	memory: { buffer: ArrayBuffer };
};

/** The engine's own errors are of the class Error. Those of WebAssembly and of the stack mean that it has failed. */
function resultOf<T>(act: () => T): T | Error {
	try {
		return act();
	} catch (error) {
		if (error instanceof Error && error.constructor === Error) return error;
		throw error;
	}
}

/**
 * Does something with an environment of its own: no template sees what another one has set. Returns the error if the
 * template is wrong. Throws if the engine itself has failed, and must not be used again.
 */
function attempt<T>(debug: boolean, use: (environment: Environment) => T): T | Error {
	const environment = new Environment();
	environment.enablePyCompat();
	// What is not defined may be tested for its truth, and any other use is an error. The spelling is the library's.
	environment.undefinedBehavior = 'semi_strct';
	environment.fuel = maxFuel;
	environment.debug = debug;
	for (const name of foreignGlobals) environment.removeGlobal(name);
	const result = resultOf(() => use(environment));
	environment.free();
	return result;
}

function render(template: string, inputs: Record<string, unknown>, debug = false): string | Error {
	return attempt(debug, (environment) => environment.renderStr(template, inputs));
}

/** The expression that is not defined, and the name that it begins with. */
function undefinedIn(template: string, inputs: Record<string, unknown>): { expression?: string; name?: string } {
	const error = render(template, inputs, true);
	const expression = error instanceof Error ? undefinedExpression(error) : undefined;
	const [name] = /^[\p{L}\p{N}_]+/u.exec(expression ?? '') ?? [];
	return { ...(expression === undefined ? {} : { expression }), ...(name === undefined ? {} : { name }) };
}

/** Fills one template. Adds the inputs that it misses to `missing`, as many as it finds before `latest`. */
function fillOne(
	source: string,
	inputs: Record<string, unknown>,
	{ index, missing, latest }: { index: number; missing: string[]; latest: number },
): { text: string } | { problem: Problem } {
	// As in Jinja2.
	const template = source.replace(/\r\n?/g, '\n');
	const { guarded, isMissing } = guardMissing(template, inputs);
	const given = { ...inputs };
	for (;;) {
		const startedAt = performance.now();
		const result = render(guarded, given);
		if (typeof result === 'string') return { text: result };
		const problem = toProblem(result, index);
		const { expression, name } = problem.kind === 'undefined' ? undefinedIn(guarded, given) : {};
		if (name === undefined || !isMissing(name) || missing.includes(name) || missing.length >= maxMissing)
			return { problem: expression === undefined ? problem : { ...problem, message: expression } };
		missing.push(name);
		// The next one takes as long.
		if (2 * performance.now() - startedAt > latest) return { problem };
		// Any value will do to come to the next one.
		given[name] = '';
	}
}

/** Fills one template. Missing inputs that are known count more than what failed after them. */
function fill(
	template: string,
	inputs: Record<string, unknown>,
	index: number,
	latest: number,
): { text: string } | { missing: string[] } | { problem: Problem } {
	const missing: string[] = [];
	const filled = unlessFailed(index, () => fillOne(template, inputs, { index, missing, latest }));
	return missing.length > 0 ? { missing } : filled;
}

function fillAll(templates: string[], inputs: Record<string, unknown>): Outcome {
	const latest = performance.now() + maxSearchMs;
	const texts: string[] = [];
	const missing: string[] = [];
	let characters = 0;
	for (const [index, template] of templates.entries()) {
		if (missing.length > 0 && (hasFailed || performance.now() > latest)) break;
		const filled = fill(template, inputs, index, latest);
		if ('problem' in filled) return filled;
		if ('missing' in filled) missing.push(...filled.missing);
		if (!('text' in filled)) continue;
		characters += filled.text.length;
		if (characters > maxCharacters) return { problem: { kind: 'length', index, message: '' } };
		texts.push(filled.text);
	}
	return missing.length > 0 ? { missing } : { texts };
}

function checkSyntax(templates: string[]): Outcome {
	for (const [index, template] of templates.entries()) {
		const checked = unlessFailed(index, () => {
			const error = attempt(true, (environment) => environment.addTemplate('<string>', template));
			return error instanceof Error ? { problem: toProblem(error, index) } : { texts: [] };
		});
		if ('problem' in checked) return checked;
	}
	return { texts: [] };
}

let hasFailed = false;

/** Turns a failure of the engine into a problem. It fails when its memory, or that of its stack, is used up. */
function unlessFailed<T>(index: number, act: () => T): T | { problem: Problem } {
	try {
		return act();
	} catch {
		hasFailed = true;
		return { problem: { kind: 'memory', index, message: '' } };
	}
}

function answer({ templates, inputs }: Job): Answer {
	const outcome = inputs === undefined ? checkSyntax(templates) : fillAll(templates, inputs);
	return { outcome, isSpent: hasFailed || memory.buffer.byteLength > spentBytes };
}

parentPort?.on('message', (job: Job) => parentPort?.postMessage(answer(job)));
// It can answer now.
parentPort?.postMessage(null);
