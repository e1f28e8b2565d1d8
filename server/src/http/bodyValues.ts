import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { unprocessable } from '../domain/apiError.ts';
import { maxDepth, type Path, problemOf, surrogateMessage } from '../domain/jsonValue.ts';

/** The field of a body. In a list of bodies, it begins with the body's index. */
function fieldOf([first, second]: Path): string {
	return typeof first === 'number' && typeof second === 'string' ? `${first}.${second}` : String(first);
}

function pointerOf(path: Path): string {
	return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** A hook that rejects bodies that cannot be stored as they are. Throws 422, in the form of a schema error for a text. */
export function checkBodyValues({ body }: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction): void {
	const problem = problemOf(body);
	if (problem === undefined) return done();
	const { kind, path } = problem;
	if (kind === 'depth') {
		throw unprocessable(`The body is nested more than ${maxDepth} levels deep in ${JSON.stringify(fieldOf(path))}.`);
	}
	const error = { keyword: kind, instancePath: pointerOf(path), params: {}, message: surrogateMessage };
	throw Object.assign(new Error(surrogateMessage), { validation: [error], validationContext: 'body' });
}
