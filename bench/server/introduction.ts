import { portkeyVersion } from './portkey.ts';
import type { Results } from './results.ts';

/** The head of the page: what is measured, and on what. */
export function introduction({ machine, minutes, syncs }: Results): string {
	const disk = syncs.map(({ p50, p99 }) => `${p50.toFixed(2)} / ${p99.toFixed(2)}`).join(' and ');
	return `<!-- Written by npm run bench:server: change bench/server/*.ts and notes.md there instead. -->

# Benchmarks of the server

\`npm run bench:server\` measures what a completion costs when there is a provider behind a socket, side by side with other
programs, and writes this page. This run took ${Math.round(minutes)} minutes.

Measured on Node.js ${machine.node}, on ${machine.processors} processors (${machine.model}) with ${machine.memoryGb} GB of memory. The load, the
program that is measured and the stand-in for the provider share them. So the rates belong to that machine; the ratios
travel better. The disk took ${disk} ms (p50 / p99) for 4 kB with fdatasync, before the run and after it.

## What is measured

A stand-in, a small node:http server, speaks OpenAI's API. It answers at once, after 20 ms, or with a stream. In front of it
are:

- **Ours**: the built package with its default settings. Each call has an API key that the database stores, a template with
  an input, and a project. Its log is on the disk before its response is sent. With a key: each call also has an
  \`Idempotency-Key\` of its own, as the n8n node sends it, and its response is saved. With a budget: each call also reserves
  what it may cost. Models have a price, so each call gets its cost. PostgreSQL runs on the same machine and waits for its
  disk; its processor time is counted.
- **Bare node:http proxy**: the least that a gateway on Node.js can do. It passes on what it gets.
- **Empty Fastify**: parses the request and answers it itself, without a provider.
- **Portkey's gateway** ${portkeyVersion} from npm, without plugins, with its provider's address in a header. This version is a fixed
  point to compare with; later ones may be faster. It checks no key, fills in no template and stores nothing.

autocannon sends the load. All programs run at the same time and take turns in each round; one round before is for warming
up. Ratios are taken round by round, and what stands here is their median, with the least and the most in brackets. CPU is
the processor time of all threads and processes of the program, for each request or token.

Each response is checked: all have status 200, and one in twenty has its text read. After each step, the stand-in has been
called exactly once for each request, and our server has stored exactly one log for each sample. Otherwise the run fails.
`;
}
