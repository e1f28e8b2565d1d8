import type { FastifyRequest } from 'fastify';
import { refused } from '../domain/apiError.ts';

/** Far more than any real body has, and far less than what overflows the stack where JSON is written. */
const deepest = 200;

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isDeep(body: unknown): boolean {
  let level = [body].filter(isObject);
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth === deepest) return true;
    level = level.flatMap((value) => Object.values(value).filter(isObject));
  }
  return false;
}

/** A hook that refuses bodies whose objects and lists are nested too deep; throws 422. */
export async function refuseDeepBodies({ body }: FastifyRequest): Promise<void> {
  if (isDeep(body)) throw refused(`The body is nested more than ${deepest} levels deep.`);
}
