import { Type, type Static } from 'typebox';

/** Where a call came from, as the n8n node says it in the header `X-Call-Origin`. */
export const CallOrigin = Type.Object({
	/** The page of the execution in n8n, http or https. */
	execution_url: Type.Optional(Type.String()),
	workflow_id: Type.Optional(Type.String()),
	node_name: Type.Optional(Type.String()),
});
export type CallOrigin = Static<typeof CallOrigin>;
