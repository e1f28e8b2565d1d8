/** What the thread is asked to do: to fill the templates from the inputs, or without inputs to check their syntax. */
export type Job = { templates: string[]; inputs?: Record<string, unknown> };

/**
 * Why a template cannot be used: it has a syntax error, it uses something that is not defined, it does too much, it needs too
 * much memory, its text is too long, or something else is wrong, as `message` says. Or it was its turn too late.
 */
export type ProblemKind = 'syntax' | 'undefined' | 'effort' | 'memory' | 'length' | 'other' | 'busy';

/** `index` is the template's place in the job. It is absent if it is not known, and so is `line`. */
export type Problem = { kind: ProblemKind; index?: number; line?: number; message: string };

/** What came of a job: the texts in the order of the templates, the names of inputs that are missing, or a problem. */
export type Outcome = { texts: string[] } | { missing: string[] } | { problem: Problem };

/** `isSpent`: the thread must not be used for another job. It has failed, or it holds much memory. */
export type Answer = { outcome: Outcome; isSpent: boolean };
