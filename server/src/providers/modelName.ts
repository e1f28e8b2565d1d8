import { unprocessable } from '../domain/apiError.ts';

/** For a model whose name is one segment of a request's path. Throws 422 for a name that would change the path. */
export function checkSegment(model: string, origin: string): void {
	if (model !== '.' && model !== '..') return;
	throw unprocessable(`${origin} has no model ${JSON.stringify(model)}. Change the model of the config.`);
}
