import { chat, chatEvent, completion, completionEvent } from './calls.ts';
import { deployedConfig, environmentConfig, feedbackType, modelConfig, project, projectConfig } from './configs.ts';
import { createdLog, createdSession, feedback, log, session } from './logs.ts';
import { anything, either, integer, list, page, record, type Schema, text } from './notation.ts';

type Operation = { status: number; body?: Schema; event?: Schema };

const run = { status: 200, body: completion, event: completionEvent };
const runChat = { status: 200, body: chat, event: chatEvent };
const oneOrMany = (schema: Schema) => ({ status: 200, body: either(schema, list(schema)) });

/** What each operation of v4 that the server has answers when all is well. `event` is an event of its stream. */
export const operations: Record<string, Operation> = {
	'POST /completion': run,
	'POST /completion-deployed': run,
	'POST /completion-model-config': run,
	'POST /chat': runChat,
	'POST /chat-deployed': runChat,
	'POST /chat-model-config': runChat,
	'POST /model-configs': { status: 200, body: projectConfig },
	'GET /model-configs/{id}': { status: 200, body: modelConfig },
	'POST /model-configs/{id}/export': { status: 200, body: text },
	'POST /model-configs/serialize': { status: 200, body: text },
	'POST /model-configs/deserialize': { status: 200, body: modelConfig },
	'GET /projects': { status: 200, body: page(project) },
	'POST /projects': { status: 201, body: project },
	'GET /projects/{id}': { status: 200, body: project },
	'PATCH /projects/{id}': { status: 200, body: project },
	'DELETE /projects/{id}': { status: 204 },
	'GET /projects/{id}/configs': { status: 200, body: list(projectConfig) },
	'GET /projects/{id}/active-config': { status: 200, body: deployedConfig },
	'DELETE /projects/{id}/active-config': { status: 200, body: project },
	'GET /projects/{id}/deployed-configs': { status: 200, body: list(environmentConfig) },
	'PATCH /projects/{id}/deploy-config': { status: 200, body: list(environmentConfig) },
	'DELETE /projects/{id}/deployed-config/{id}': { status: 200, body: anything },
	'POST /projects/{id}/feedback-types': { status: 201, body: feedbackType },
	'POST /projects/{id}/export': { status: 200, body: page(log) },
	'POST /logs': oneOrMany(createdLog),
	'GET /logs': { status: 200, body: page(log) },
	'GET /logs/{id}': { status: 200, body: log },
	'PATCH /logs/{id}': { status: 200, body: log },
	'PATCH /logs': { status: 200, body: log },
	'DELETE /logs': { status: 204 },
	'POST /feedback': oneOrMany(feedback),
	'POST /sessions': { status: 201, body: createdSession },
	'GET /sessions': { status: 200, body: page(session) },
	'GET /sessions/{id}': { status: 200, body: session },
};

/** An error in one of the two documented forms. */
export const error = either(
	record({ detail: list(record({ loc: list(either(text, integer)), msg: text, type: text })) }),
	record({ detail: record({ type: text, message: text, code: integer, origin: text }) }),
);

/** Whether a request is meant for an operation, such as `GET /logs/{id}`. `path` is what follows /v4, without a query. */
export function isFor(operation: string, method: string, path: string): boolean {
	const [verb, template = ''] = operation.split(' ');
	const words = template.split('/');
	const given = path.split('/');
	const isSame = (word: string, at: number) => word.startsWith('{') || word === given[at];
	return verb === method && words.length === given.length && words.every(isSame);
}

/** The operation of v4 that a request is meant for, or undefined if the server has none. */
export function operationOf(method: string, path: string): string | undefined {
	return Object.keys(operations).find((name) => isFor(name, method, path));
}
