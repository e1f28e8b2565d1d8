import http from 'node:http';
import { parseArgs } from 'node:util';

/*
 * The least that a gateway on Node.js can do: it passes each request on to --provider and the response back, over
 * connections that stay open. --port N --provider http://127.0.0.1:N
 */
const { values } = parseArgs({ options: { port: { type: 'string' }, provider: { type: 'string' } } });
const provider = new URL(values.provider!);
const agent = new http.Agent({ keepAlive: true });

const server = http.createServer((incoming, outgoing) => {
	const { method, url: path, headers } = incoming;
	const options = { agent, method, path, headers, host: provider.hostname, port: provider.port };
	const request = http.request(options, (response) => {
		outgoing.writeHead(response.statusCode!, response.headers);
		response.pipe(outgoing);
	});
	request.on('error', (error) => outgoing.writeHead(502).end(error.message));
	incoming.pipe(request);
});
server.keepAliveTimeout = 10 * 60_000;
server.listen(Number(values.port), '127.0.0.1');
