import { parseArgs } from 'node:util';
import { fastify } from 'fastify';

/* Fastify that parses the body of a completion and answers it itself: --port N. */
const { values } = parseArgs({ options: { port: { type: 'string' } } });

const app = fastify();
app.get('/', () => ({}));
app.post('/v1/chat/completions', () => ({ choices: [{ message: { content: 'Your order arrives on Monday.' } }] }));
void app.listen({ port: Number(values.port), host: '127.0.0.1' });
