import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

import { n8nVersion } from '../n8n/install.ts';
import { table, type Series } from './table.ts';
import { samples } from './workflows.ts';

/** The page docs/benchmarks.md. */
export function report(all: Series[]): string {
	const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
	const sections = all.map((series) => {
		const items = series.items.toLocaleString('en');
		const rounds = series.results[0]!.rounds.length;
		return `### ${items} items; the host: ${series.host.title}\n\nMedians of ${rounds} rounds.\n\n${table(series)}\n`;
	});
	return `<!-- Written by npm run bench:node: change bench/report.ts instead. -->

# Benchmarks

\`npm run bench:node\` runs the Humanloop node and its alternative, HTTP Request with Split Out, in the real
n8n, over the same items and against the same hosts, and writes this page. [benchmarks-server.md](benchmarks-server.md)
has the server beside other gateways.

Measured with n8n ${n8nVersion} on Node.js ${process.versions.node}, n8n-nodes-humanloop ${version}, on ${cpus().length} processors
(${cpus()[0]!.model}), which n8n, its database and the host share. Absolute times belong to that machine; the ratios travel.

## What is measured

A webhook starts a workflow, a Code node makes the items, and each item asks for ${samples} samples of one prompt with
one variable:

- **Humanloop, mapped automatically**: the variable is the item's field of the same name.
- **Humanloop, one expression**: the variable is mapped to \`{{ $json.question }}\`.
- **HTTP Request + Split Out**: one expression makes the body, a Header Auth credential the key, and Split Out turns
  the samples into items. Retry On Fail is off, because it sends all items again, and pays for them again.

"50 at once" is the option Max Concurrency; its default is 10. All nodes continue on errors, so that items without an
answer can be counted. All else is as n8n and the nodes propose it.

The time is that of the nodes alone, as n8n records it in the execution. All ways run in turn, in one n8n process, which
collects its garbage before each run. Ratios are taken round by round; what stands here is their median. An item is lost when
it did not get all its samples. One call in each run of the Humanloop node reads the prompt's template. Peak memory is
the most that n8n's process holds (without the one that runs Code nodes) in a first run of each way, which warms up what comes
after it and whose time does not count; before it, n8n gives back to the system what it can spare.

The hosts are programs of their own on the same machine. One answers at once. One takes 200 ms for a call, works on 50 at
once, lets others wait, and refuses one in ten, by chance, with 429 and without Retry-After, after those 200 ms. Its ideal is the
time in which it can take as many calls as it was asked: 200 ms for each 50. That is less for HTTP Request, which
gives up what was refused.

## Results

${sections.join('\n')}
## Where the time goes

Seen in profiles of n8n's process:

- n8n resolves an expression in a node of this kind twice for each item before it hands the item over, and once more when
  the node reads the field; each time costs 0.5 to 1 ms. HTTP Request resolves its one expression once. So mapping
  automatically is the fastest way, and one expression that makes the whole JSON object costs as much as one for a field.
- Nearly all of the rest is n8n's HTTP client, which opens a connection for each request, and the credential, which n8n reads from
  its database and decrypts for each request. The node's own code is about a twentieth of the time with automatic mapping.
- For each item, n8n looks at every field of a node's description, to see whether it is shown. That takes about 4 µs a field.
  The node has 66 of them. In an earlier version it had 43, and took 0.2 to 0.3 ms less for an item. Run side by side, the
  two took 0.59 and 0.65 times as long as HTTP Request with automatic mapping, and 1.15 and 1.20 times with one expression; in
  a second run 0.50 and 0.68, and 1.05 and 1.26. With the fields of completions alone, the node is as fast as that version.
  Sharing fields between operations would save 3 %.
- Beside our server, an earlier version of both took 0.61 and 1.15 times as long as HTTP Request. A second run of today's
  took 0.66 and 1.12. The fields are a part of that. The server also stores more for a call than it did (texts to search
  in, totals, deployments), on the two processors that n8n uses. What each part costs was not measured.
- n8n prepares all items before it lets the first request out: with a slow host that time, about 0.3 ms for an item
  and 2 ms for one with an expression, is added to the ideal. So are, at the end, the last refused calls, which wait and
  are sent again when there is nothing else left to do; they weigh less the more calls there are.
`;
}
