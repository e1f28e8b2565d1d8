import type { ModelUse } from '../store.ts';
import type { EndOfLife, ModelEnd } from './endOfLife.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** An operator needs some time to try another model. */
const noticeMs = 90 * dayMs;

const maxLines = 10;

type EndingUse = { use: ModelUse; end: ModelEnd };

function lineOf({ use, end }: EndingUse, now: number): string {
	const { provider, model, configs, configId } = use;
	const hasEnded = Date.parse(end.shutDownOn) <= now;
	const who = configs === 1 ? `The config ${configId} uses it` : `${configs} configs use it, ${configId} among them`;
	const then = end.successor === null ? 'Choose another model.' : `${provider} names ${end.successor} in its place.`;
	const when = `${hasEnded ? 'ended' : 'ends'} on ${end.shutDownOn}`;
	return `The model ${JSON.stringify(model)} of ${provider} ${when}. ${who}. ${then} See ${end.source}`;
}

/**
 * What to tell the operator about models that stored configs name and that have ended or end within 90 days: a line for
 * each model, the first end first. @param now the time in milliseconds
 */
export function endWarnings(uses: readonly ModelUse[], endOfLife: EndOfLife, now: number): string[] {
	const ending = uses
		.map((use) => ({ use, end: endOfLife.of(use) }))
		.filter((found): found is EndingUse => found.end !== undefined)
		.filter(({ end }) => Date.parse(end.shutDownOn) <= now + noticeMs)
		.sort((a, b) => a.end.shutDownOn.localeCompare(b.end.shutDownOn));
	const lines = ending.slice(0, maxLines).map((found) => lineOf(found, now));
	const rest = ending.length - lines.length;
	if (rest > 0) lines.push(`${rest} more models that stored configs name end soon or have ended: see GET /v4/models.`);
	return lines;
}
