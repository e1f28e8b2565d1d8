import { readFileSync } from 'node:fs';

import { highFindings } from '../verify/audit.ts';
import { problemOfCommand, variablesIn, type Known } from '../verify/docs/known.ts';
import { brokenLinks, brokenMentions } from '../verify/docs/links.ts';
import { anchorsOf, codeSpansOf, fencesOf } from '../verify/docs/markdown.ts';
import { staleEntries, unmapped } from '../verify/docs/mapping.ts';
import { operationsOfNode, operationsOfPage } from '../verify/docs/operations.ts';
import { commandsOf, splitCommands } from '../verify/docs/shell.ts';
import { durationOf, readOutcomes, resultOf, writeOutcomes } from '../verify/long/table.ts';

/** The checks of `npm run verify` are shown to find what they are for, on pages with faults. */

describe('Markdown', () => {
	test('anchors are those of GitHub', () => {
		const page =
			'# What\'s new?\n## A `code` & [link](x.md)\n## A `code` & [link](x.md)\n```sh\n# no heading\n```\n<a id="own"></a>';
		expect([...anchorsOf(page)]).toEqual(['whats-new', 'a-code--link', 'a-code--link-1', 'own']);
	});

	test('fences have their lines, also within a list; code spans are only those outside', () => {
		const page = '`a  b` and ``c ` d``\n\n- x\n\n  ```sh\n  npm `start`\n  ```\n';
		expect(fencesOf(page)).toEqual([{ language: 'sh', text: 'npm `start`\n', line: 6 }]);
		expect(codeSpansOf(page)).toEqual(['a b', 'c ` d']);
	});
});

describe('links', () => {
	const pages = new Map([
		[
			'README.md',
			'# Top\n[a](docs/a.md#here) [b](docs/a.md#gone) [c](docs/gone.md) [d](#top) `[e](no.md)` [f](https://x.test/#y)',
		],
		[
			'docs/a.md',
			'## Here\n[up](../README.md)\n![picture](a.png)\n[site](https://www.npmjs.com/package/n8n-nodes-humanloop#gone)',
		],
	]);
	const exists = (file: string) => pages.has(file) || file === 'docs/a.png';

	test('to a missing file or heading are found', () => {
		expect(brokenLinks(pages, exists)).toEqual([
			'README.md:2 docs/a.md#gone: the page has no such heading',
			'README.md:2 docs/gone.md: there is no such file',
			'docs/a.md:4 https://www.npmjs.com/package/n8n-nodes-humanloop#gone: the page has no such heading',
		]);
	});

	test('in programs are found', () => {
		const files = new Map([['a.ts', "'see docs/a.md#here, docs/a.md#gone and https://x.test/docs/none.md'"]]);
		expect(brokenMentions(files, pages, exists)).toEqual(['a.ts docs/a.md#gone: the page has no such heading']);
	});
});

describe('commands', () => {
	test('are split at line ends and &&, without comments and variables', () => {
		const page =
			"```sh\nA=1 B='x y' npm start && npm \\\n  test # all\ncurl -d '{\n}' && (umask 077; cat a && b > c)\n```\n```json\n{}\n```\n";
		expect(commandsOf('a.md', page).map(({ text }) => text)).toEqual([
			'npm start',
			'npm test',
			"curl -d '{ }'",
			'(umask 077; cat a && b > c)',
		]);
		expect(splitCommands('cat <<EOF > file\na && b\nEOF\nls')).toEqual(['cat <<EOF', 'ls']);
	});

	test('without an entry, and entries without a command, are found', () => {
		const commands = [
			{ text: 'npm start', place: 'a.md:1' },
			{ text: 'npm new', place: 'b.md:2' },
		];
		const table = [
			{ commands: /^npm start$/, by: 'x.ts', says: 'start' },
			{ commands: /^npm new$/, on: /^a\.md/, notRun: 'because' },
		];
		expect(unmapped(commands, table)).toEqual({ commands: ['b.md:2 npm new'], entries: ['/^npm new$/'] });
		expect(staleEntries(table, () => 'start')).toEqual([]);
		expect(staleEntries(table, () => 'stop')).toEqual(['/^npm start$/: x.ts does not have start']);
		expect(staleEntries(table, () => 'start or restart')).toEqual([
			'/^npm start$/: x.ts has start more than once. Quote more of the line that runs it',
		]);
		expect(staleEntries(table, () => undefined)).toEqual(['/^npm start$/: x.ts is not there']);
	});

	const known: Known = {
		scripts: new Set(['server', 'soak', 'test']),
		serverScripts: new Set(['dev:page', 'test']),
		serverCommands: new Map([
			['start', new Set(['--port'])],
			['keys create', new Set(['--name'])],
			['backup', new Set()],
		]),
		isVariable: () => false,
		scriptTakes: (_, option) => option === '--minutes',
	};

	test.each([
		'npm install',
		'npm run dev:page -w humanloop-server',
		'npm run soak -- --minutes 3',
		'npm run server -- --port 9000',
		'npx humanloop-server',
		'npx humanloop-server --port 1',
		'KEY=$(npx humanloop-server keys create …)',
		'humanloop-server keys',
		'(umask 077; docker exec x node server/bin/humanloop-server.cjs backup > backup.db)',
		'docker build --target server --tag humanloop-server .',
	])('%s can work', (command) => expect(problemOfCommand(command, known)).toBeUndefined());

	test.each([
		['npm run gone', 'there is no npm script "gone"'],
		['npm run dev:page', 'there is no npm script "dev:page"'],
		['npm run soak -- --hours 3', 'npm run soak takes no --hours'],
		['npm run server -- --prot 9000', 'humanloop-server start has no option --prot'],
		['npx humanloop-server keys make --name x', 'humanloop-server has no command "keys make"'],
		['npx humanloop-server backup --force', 'humanloop-server backup has no option --force'],
		['docker exec x node server/bin/humanloop-server.cjs gone', 'humanloop-server has no command "gone"'],
	])('%s cannot work', (command, problem) => expect(problemOfCommand(command, known)).toBe(problem));

	test('environment variables are told from other words in capitals', () => {
		expect(variablesIn('DATA_DIR=x $PUBLIC_URL API JSON a.B_C OTEL_… N8N_PORT')).toEqual([
			'DATA_DIR',
			'PUBLIC_URL',
			'N8N_PORT',
		]);
	});
});

test('the page names the versions of the SDK that the tests install', () => {
	const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
		devDependencies: Record<string, string>;
	};
	const [, humanloop, adapter] =
		/npm install humanloop@(\S+) konfig-axios-fetch-adapter@(\S+)/.exec(
			readFileSync('docs/coming-from-humanloop.md', 'utf8'),
		) ?? [];
	expect([humanloop, adapter]).toEqual([devDependencies.humanloop, devDependencies['konfig-axios-fetch-adapter']]);
});

test("the table of operations and the node's description are read alike", () => {
	const option = (name: string, value: string) => ({ name, value });
	const properties = [
		{
			displayName: '',
			name: 'resource',
			type: 'options' as const,
			default: '',
			options: [option('Model Config', 'mc')],
		},
		{
			displayName: '',
			name: 'operation',
			type: 'options' as const,
			default: '',
			displayOptions: { show: { resource: ['mc'] } },
			options: [option('Create', 'create'), option('Get Many', 'getAll')],
		},
	];
	const page = '| Resource | Operations |\n| --- | --- |\n| Model Config | **Create**, **Get Many**: both |\n';
	expect(operationsOfPage(page)).toEqual(operationsOfNode({ properties }));
	expect(operationsOfPage('no table')).toBeUndefined();
});

describe('npm audit', () => {
	const report = { vulnerabilities: { a: { severity: 'high', range: '<1' }, b: { severity: 'low', range: '*' } } };

	test('fails for what is high or critical', () => {
		expect(highFindings(JSON.stringify(report))).toEqual(['a <1: high']);
		expect(highFindings('{"vulnerabilities":{}}')).toEqual([]);
	});

	test('is left out only when the registry does not answer', () => {
		expect(highFindings('{"uri":"https://registry.test/-/npm/v1/security/advisories/bulk"}')).toBeUndefined();
		expect(() => highFindings('{"error":{"code":"ENOLOCK"}}')).toThrow('made no report');
	});
});

describe('the table of the long run', () => {
	const steps = [
		{ name: 'One', command: 'npm run one' },
		{ name: 'Two', command: 'npm run two' },
	];
	const empty = 'Before\n\n<!-- verify:long begins -->\n<!-- verify:long ends -->\n\nAfter\n';

	test('keeps what other steps have shown', () => {
		const one = {
			name: 'One',
			command: 'npm run one',
			date: '2026-01-02',
			commit: 'abc',
			duration: '1 s',
			result: 'passed',
		};
		const page = writeOutcomes(empty, steps, new Map([['One', one]]));
		expect(page).toContain(
			'| One | `npm run one` | 2026-01-02 | abc | 1 s | passed |\n| Two | `npm run two` | – | – | – | not run |',
		);
		expect(readOutcomes(page).get('One')).toEqual(one);
		expect(writeOutcomes(page, steps, readOutcomes(page))).toBe(page);
		expect(page.endsWith('\n\nAfter\n')).toBe(true);
	});

	test('says what a run has counted, and how it ended', () => {
		expect(resultOf('x\ne2e:page: 12 passed, 0 failed\nbye', 0)).toBe('passed, 12 checks');
		expect(resultOf('ℹ pass 3\n', 0)).toBe('passed, 3 checks');
		expect(resultOf('e2e: 12 passed, 1 failed', 1)).toBe('**failed** (exit code 1)');
		expect(resultOf('', null)).toBe('**failed** (ended by a signal)');
		expect([durationOf(59_400), durationOf(200_000)]).toEqual(['59 s', '3 min 20 s']);
	});
});
