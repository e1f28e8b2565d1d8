import { createHash } from 'node:crypto';
import type { CompletionRequest } from '../contract/completion.ts';
import { canonicalJson } from './modelConfig.ts';

/**
 * What a repeat of a request must match: method, path and body in any key order, nulls of optional fields left out.
 * Provider keys may have been exchanged meanwhile, and the same answer can be given as a stream or not, so neither of
 * them counts.
 */
export function fingerprintOf(operation: string, request: CompletionRequest): string {
  const { provider_api_keys: _keys, stream: _stream, ...body } = request;
  return createHash('sha256').update(`${operation}\n${canonicalJson(body)}`).digest('hex');
}
