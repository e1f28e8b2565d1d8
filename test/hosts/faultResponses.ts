import type { ServerResponse } from 'node:http';

/** Responds to a request instead of the server. */
export type FaultResponse = (response: ServerResponse) => void;

/** An error of the API; its `detail` names the status. */
export const status =
	(code: number, headers: Record<string, string> = {}): FaultResponse =>
	(response) => {
		response.writeHead(code, { 'content-type': 'application/json', ...headers });
		response.end(JSON.stringify({ detail: `fault ${code}` }));
	};

/** Headers that ask for the shortest wait. */
export const soon = { 'retry-after-ms': '1' };

export const reset: FaultResponse = (response) => response.destroy();

export const silence: FaultResponse = () => {};

export const cutBody: FaultResponse = (response) => {
	response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
	response.write('{"data":[{"id":"data_1",', () => response.destroy());
};

export const cutStream: FaultResponse = (response) => {
	response.writeHead(200, { 'content-type': 'text/event-stream' });
	response.write(
		'data: {"data":[{"id":"data_1","index":0,"output":"Hel","raw_output":"Hel","finish_reason":null}],"provider_responses":[]}\n\n',
		() => response.destroy(),
	);
};
