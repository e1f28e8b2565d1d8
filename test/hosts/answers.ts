import type { ServerResponse } from 'node:http';

/** Answers a request in place of the server. */
export type Answer = (response: ServerResponse) => void;

/** An error of the API; its `detail` names the status. */
export const status =
	(code: number, headers: Record<string, string> = {}): Answer =>
	(response) => {
		response.writeHead(code, { 'content-type': 'application/json', ...headers });
		response.end(JSON.stringify({ detail: `fault ${code}` }));
	};

/** Headers that ask for the shortest wait. */
export const soon = { 'retry-after-ms': '1' };

export const reset: Answer = (response) => response.destroy();

export const silence: Answer = () => {};

export const cutBody: Answer = (response) => {
	response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
	response.write('{"data":[{"id":"data_1",', () => response.destroy());
};

export const cutStream: Answer = (response) => {
	response.writeHead(200, { 'content-type': 'text/event-stream' });
	response.write(
		'data: {"data":[{"id":"data_1","index":0,"output":"Hel","raw_output":"Hel","finish_reason":null}],"provider_responses":[]}\n\n',
		() => response.destroy(),
	);
};
