import type { ModelConfig, ModelParameters } from '../entities.ts';
import { type ApiError, unprocessable } from '../apiError.ts';

/** One of the endpoints that run a model. */
export type CallEndpoint = {
	/** Below /v4. */
	path: string;
	/** The endpoint of the configs that it runs. */
	kind: 'complete' | 'chat';
};

/** The endpoint that finds its config in the same way, and runs the other kind. */
function counterpartOf({ path, kind }: CallEndpoint): string {
	return kind === 'chat' ? path.replace('/chat', '/completion') : path.replace('/completion', '/chat');
}

/** The 422 for a config that cannot be run. `what` goes on after "The model config config_x has". */
export function refuse({ id }: Pick<ModelConfig, 'id'>, what: string): ApiError {
	return unprocessable(`The model config ${id} has ${what}`);
}

/** Throws 422 if the endpoint does not run configs of this kind. */
export function checkEndpoint(
	endpoint: CallEndpoint,
	config: { id: string; parameters: Pick<ModelParameters, 'endpoint'> },
): void {
	const { endpoint: kind } = config.parameters;
	if (kind === endpoint.kind) return;
	const needed = `; this call runs configs with the endpoint "${endpoint.kind}".`;
	if (kind === 'edit') throw refuse(config, `the endpoint "edit"${needed} No call of this server runs "edit".`);
	throw refuse(config, `the endpoint "${kind}"${needed} Send it to POST /v4${counterpartOf(endpoint)}.`);
}
