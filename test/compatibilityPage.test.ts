import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

import { n8nVersion } from '../n8n/install.ts';
import { engines } from './n8n-versions/engines.ts';

/** The tables of docs/compatibility.md say what the tests run on. */
const page = readFileSync('docs/compatibility.md', 'utf8');

/** The rows of the table of a section, each cell as text. */
function tableOf(heading: string): string[][] {
	const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
	const lines = section.split('\n').filter((line) => line.startsWith('|'));
	return lines.slice(2).map((line) =>
		line
			.split('|')
			.slice(1, -1)
			.map((cell) => cell.trim()),
	);
}

test('the versions of n8n are those that the tests run on, and where they stream', () => {
	const tested = [...engines, { n8n: n8nVersion, streams: true }];
	expect(tableOf('Versions of n8n').map(([n8n, , , , streams]) => [n8n, streams])).toEqual(
		tested.map(({ n8n, streams }) => [n8n, streams ? 'yes' : 'no']),
	);
	const first = tested.find(({ streams }) => streams)!.n8n;
	expect(page).toContain(`**Streaming** works from n8n ${first} on.`);
	const inCi = [...engines.filter(({ isDefault }) => isDefault).map(({ n8n }) => n8n), n8nVersion];
	const list = `${inCi.slice(0, -1).join(', ')} and ${inCi.at(-1)}`;
	expect(page.replace(/\s+/g, ' ')).toContain(`CI runs them on ${list} with each change`);
});

test('the releases are those of which a database is kept', () => {
	const folder = 'server/test/upgrade/releases';
	const kept = readdirSync(folder).map((release) => {
		const answers = gunzipSync(readFileSync(path.join(folder, release, 'sqlite.answers.json.gz'))).toString();
		return [release, `\`${(JSON.parse(answers) as { schema: string }).schema}\``];
	});
	expect(tableOf("Upgrading a server's database")).toEqual(kept);
});
