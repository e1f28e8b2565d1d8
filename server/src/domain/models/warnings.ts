import type { ModelUse } from '../store.ts';
import type { EndOfLife, ModelEnd } from './endOfLife.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** An operator needs some time to try another model. */
const noticeMs = 90 * dayMs;

const maxLines = 10;

type EndingUse = { use: ModelUse; end: ModelEnd };

function lineOf({ use, end }: EndingUse, now: number): string {
	const { provider, model, configs, configId } = use;
	const verb = Date.parse(end.shutDownOn) <= now ? 'ended' : 'ends';
	const who = configs === 1 ? configId : `${configs} configs, such as ${configId}`;
	const successor = end.successor === null ? '' : `, successor ${end.successor}`;
	return `  ${JSON.stringify(model)} of ${provider} ${verb} on ${end.shutDownOn}${successor}: ${who}`;
}

/**
 * What to tell the operator about models that stored configs name and that have ended or end within 90 days: a heading and
 * a line for each model, the first end first. Nothing if there is none. @param now the time in milliseconds
 */
export function endWarnings(uses: readonly ModelUse[], endOfLife: EndOfLife, now: number): string[] {
	const ending = uses
		.map((use) => ({ use, end: endOfLife.of(use) }))
		.filter((found): found is EndingUse => found.end !== undefined)
		.filter(({ end }) => Date.parse(end.shutDownOn) <= now + noticeMs)
		.sort((a, b) => a.end.shutDownOn.localeCompare(b.end.shutDownOn));
	if (ending.length === 0) return [];
	const lines = ending.slice(0, maxLines).map((found) => lineOf(found, now));
	const rest = ending.length - lines.length;
	if (rest > 0) lines.push(`  and ${rest} more`);
	return ['Models of stored configs that have ended or end soon (GET /v4/models says more):', ...lines];
}
