import type { IExecuteSingleFunctions } from 'n8n-workflow';

/** The header that says where a call came from. The credentials remove it if they are set not to send it. */
export const callOriginHeader = 'X-Call-Origin';

/** Servers ignore a longer header. In bytes. */
const longestHeader = 2_048;

/** What n8n has in place of an ID that does not exist yet (n8n-core 2.41.1 and n8n-workflow 2.41.0, constants). */
const placeholders = ['__UNKNOWN__', '__EMPTY__'];

/**
 * The value of the header: the execution's page, the workflow's ID and the node's name, as JSON in ASCII.
 *
 * @returns at most 2,048 bytes. What n8n does not know is left out, such as the address of an execution that is not stored
 */
export function callOrigin(context: IExecuteSingleFunctions, nodeName: string): string {
	const workflowId = known(context.getWorkflow().id);
	const executionId = known(context.getExecutionId());
	const url = workflowId && executionId && executionUrl(context.getInstanceBaseUrl(), workflowId, executionId);
	return shortened({
		...(url && { execution_url: url }),
		...(workflowId && { workflow_id: workflowId }),
		node_name: nodeName,
	});
}

function known(id: string | undefined): string | undefined {
	return id && !placeholders.includes(id) ? id : undefined;
}

/** @returns undefined if n8n's own address is none that can be opened */
function executionUrl(baseUrl: string, workflowId: string, executionId: string): string | undefined {
	if (!URL.canParse(baseUrl)) return undefined;
	const url = new URL(baseUrl);
	if (!/^https?:$/.test(url.protocol)) return undefined;
	// Its address can have a password, for a proxy in front of n8n.
	const path = `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
	return `${path}/workflow/${encodeURIComponent(workflowId)}/executions/${encodeURIComponent(executionId)}`;
}

/** Only the node's name can be long enough to matter: n8n limits the other two. */
function shortened(origin: { node_name: string }): string {
	const characters = [...origin.node_name];
	for (;;) {
		const json = asciiJson({ ...origin, node_name: characters.join('') });
		if (json.length <= longestHeader || characters.length === 0) return json;
		// A character takes at most 12 bytes: two units in the form \uXXXX.
		characters.length -= Math.min(characters.length, Math.ceil((json.length - longestHeader) / 12));
	}
}

function asciiJson(value: object): string {
	return JSON.stringify(value).replace(
		/[\x7f-\uffff]/g,
		(unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
	);
}
