import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { CompletionModelConfigRequest, CompletionResponse } from '../contract/completion.ts';
import { errorResponses } from '../contract/errors.ts';
import { withoutNulls } from '../contract/fields.ts';
import { type Dependencies, prepareCompletion, runCompletion } from '../domain/completion.ts';
import { streamCompletion } from '../domain/completionStream.ts';
import { callerSignal, sendEvents } from './eventStream.ts';

export function completionRoutes(deps: Dependencies): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      '/completion-model-config',
      {
        schema: {
          summary: 'Run a completion config',
          description: 'With `stream` true the answer is a row of server-sent events, each a CompletionResponse with one sample.',
          tags: ['Completions'],
          body: CompletionModelConfigRequest,
          response: { 200: CompletionResponse, ...errorResponses },
        },
      },
      async (request, reply) => {
        const signal = callerSignal(reply);
        const call = await prepareCompletion(deps, withoutNulls(request.body));
        if (call.request.stream !== true) return runCompletion(deps, call, signal);
        await sendEvents(request, reply, streamCompletion(deps, call, signal));
        return reply;
      },
    );
  };
}
