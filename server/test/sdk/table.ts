import { readFileSync, writeFileSync } from 'node:fs';
import { notBuiltCases } from './notBuilt.ts';
import { requests } from './requests.ts';

/** The page whose table says what each method of the official SDK does here. */
const page = new URL('../../../docs/coming-from-humanloop.md', import.meta.url);

const start = '| Method | Sends | Here |\n|---|---|---|\n';

/** Methods that work with some configs only. The page says why above the table. */
const limited: Record<string, string> = { completeDeployedNoProxy: "works with OpenAI's configs only" };

function row([name, request]: [string, string]): string {
	const sent = request
		.split(', ')
		.map((one) => `\`${one}\``)
		.join(', ');
	return `| \`${name}\` | ${sent} | ${Object.hasOwn(notBuiltCases, name) ? '501' : (limited[name] ?? 'works')} |\n`;
}

/** The table's text, and where the page has it now: from its heading to the empty line after it. */
export function methodTable(): { wanted: string; found: string; text: string } {
	const text = readFileSync(page, 'utf8');
	const [, found = ''] = /(\| Method \|[^]*?\n)(?:\n|$)/.exec(text) ?? [];
	return { wanted: start + Object.entries(requests).map(row).join(''), found, text };
}

if (process.argv.includes('--write')) {
	const { wanted, found, text } = methodTable();
	if (found === '') throw new Error('docs/coming-from-humanloop.md has no table that begins with "| Method |".');
	writeFileSync(
		page,
		text.replace(found, () => wanted),
	);
}
