import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { check } from '../e2e/check.ts';
import { loadPackage } from '../test/harness/loadPackage.ts';
import { commandTable, preparesShell } from './docs/commandTable.ts';
import { problemOfCommand, variablesIn, type Known } from './docs/known.ts';
import { brokenLinks, brokenMentions } from './docs/links.ts';
import { codeSpansOf, fencesOf } from './docs/markdown.ts';
import { staleEntries, unmapped } from './docs/mapping.ts';
import { operationsOfNode, operationsOfPage } from './docs/operations.ts';
import { isOtherVariable } from './docs/otherVariables.ts';
import { commandsOf } from './docs/shell.ts';

/** Whether what the docs say is there: operations, commands, options, variables, links. */
export async function checkDocs(): Promise<void> {
	const files = filesOf('.');
	const pages = new Map(
		[...textsOf(files.filter((file) => file.endsWith('.md')))].map(([file, page]) => [placeOf(file), page]),
	);
	// What people read who use the programs. CONTRIBUTING.md is for those who change them.
	const guides = new Map(
		[...pages].filter(([file]) => /^(?:README\.md|docs\/|server\/README\.md|examples\/)/.test(file)),
	);
	const commands = [...guides].flatMap(([file, page]) => commandsOf(file, page));
	const known = await readKnown(files);

	await check("docs: the table of operations is the node's", async () => {
		const { node } = await loadPackage();
		const tables = [...guides].flatMap(([file, page]) => {
			const operations = operationsOfPage(page);
			return operations ? [[file, operations] as const] : [];
		});
		assert.ok(tables.length > 0, 'No page has a table "Resource | Operations".');
		const inNode = operationsOfNode(node.description);
		for (const [file, operations] of tables) assert.deepEqual(operations, inNode, file);
	});
	await check('docs: the script for the video shows each operation', async () => {
		const script = /^## Script for the video$(.*?)^## /ms.exec(pages.get('docs/verification.md') ?? '')?.[1] ?? '';
		const { node } = await loadPackage();
		const names = Object.entries(operationsOfNode(node.description)).flatMap(([resource, operations]) =>
			operations.map((operation) => `${resource} → **${operation}**`),
		);
		assertNone(names.filter((name) => !script.includes(name)));
	});
	await check('docs: each link and each anchor leads somewhere', () => {
		assertNone(brokenLinks(pages, exists));
	});
	await check('docs: each page that programs and messages name is there', () => {
		const sources = textsOf(
			files.filter((file) => !isOfChecks(file) && /\.(?:ts|tsx|mts|mjs|cjs|js|json|ya?ml|conf|sh)$/.test(file)),
		);
		assertNone(brokenMentions(sources, pages, exists));
	});
	await check(
		`docs: each of the ${commands.length} commands in a block is run by a test, or it is known why not`,
		() => {
			const { commands: missing, entries } = unmapped(commands, commandTable);
			assertNone(missing, 'Add these to verify/docs/commandTable.ts:');
			assertNone(entries, 'No page has these any more:');
			const reasons = commandTable.flatMap((entry) => ('notRun' in entry ? [entry.notRun] : []));
			const told = pages.get('docs/verification.md') ?? '';
			assertNone(
				reasons.filter((reason) => reason !== preparesShell && !told.includes(reason)),
				'docs/verification.md does not say:',
			);
			assertNone(staleEntries(commandTable, (file) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined)));
		},
	);
	await check('docs: each command has a script, a command and options that exist', () => {
		const inText = [...pages].flatMap(([file, page]) => codeSpansOf(page).map((text) => ({ text, place: file })));
		const inBlocks = [...pages].flatMap(([file, page]) => commandsOf(file, page));
		const isCommand = /^(?:[A-Z_]+=\S* )*(?:npm|npx|node|docker|humanloop-server) |humanloop-server /;
		const all = [...inBlocks, ...inText.filter(({ text }) => isCommand.test(text))];
		assertNone(
			all.flatMap(({ text, place }) => {
				const problem = problemOfCommand(text, known);
				return problem ? [`${place} ${text}: ${problem}`] : [];
			}),
		);
	});
	await check('docs: each environment variable is one that a program reads', () => {
		assertNone(
			[...pages].flatMap(([file, page]) => {
				const code = [...codeSpansOf(page), ...fencesOf(page).map(({ text }) => text)];
				const names = new Set(code.flatMap(variablesIn));
				return [...names].filter((name) => !known.isVariable(name)).map((name) => `${file} ${name}`);
			}),
		);
	});
}

/** The files of the repository, as Git knows them or would. */
function filesOf(folder: string): string[] {
	const list = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
		cwd: folder,
		encoding: 'utf8',
	});
	return list.split('\n').filter((file) => file !== '' && existsSync(file));
}

/** Where a page's links lead from. What is written into the pages on benchmarks is kept beside the programs that write them. */
const placeOf = (file: string) => (file.endsWith('/notes.md') ? `docs/${file.replaceAll('/', ':')}` : file);

/** What the checks are tried on names pages and variables that do not exist. */
const isOfChecks = (file: string) => /^(?:verify\/|test\/verify)/.test(file);

const textsOf = (files: string[]) => new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));

const exists = (file: string) => existsSync(path.join('.', file));

async function readKnown(files: string[]): Promise<Known> {
	const scriptsOf = (file: string) =>
		(JSON.parse(readFileSync(file, 'utf8')) as { scripts: Record<string, string> }).scripts;
	const [root, ofServer] = [scriptsOf('package.json'), scriptsOf('server/package.json')];
	const { commands, definitions } = await readServer();
	const optionsOf = ({ settings, options = [] }: ServerCommand) => [
		...settings.map((key) => `--${definitions[key]!.name.toLowerCase().replaceAll('_', '-')}`),
		...options.map(({ flags }) => flags.split(' ')[0]!),
	];
	const sources = files
		.filter(
			(file) => !isOfChecks(file) && /\.(?:ts|tsx|mts|mjs|cjs|js|json|ya?ml|sh|conf|example)$|Dockerfile$/.test(file),
		)
		.map((file) => readFileSync(file, 'utf8'));
	const ofN8n = settingsOfN8n();
	const takes = (script: string, option: string): boolean => {
		const line = root[script] ?? ofServer[script] ?? '';
		// A script of this repository that starts another one passes its arguments on.
		const next = /npm run (?:--silent )?([\w:]+)(?: --workspace humanloop-server)? --(?: --\S+)*$/.exec(line)?.[1];
		if (next && next !== script) return takes(next, option);
		const program = (ofServer[script] ?? line).match(/[\w./-]+\.(?:ts|js)\b|\b(?:jest|gulp|eslint)\b/g)?.at(-1);
		if (program === undefined || !program.includes('.')) return true;
		const file = [program, `server/${program}`].find(existsSync)!;
		const folder = path.dirname(file);
		const beside = readdirSync(folder).filter((name) => name.endsWith('.ts'));
		const text = beside.map((name) => readFileSync(path.join(folder, name), 'utf8')).join('\n');
		const name = option.slice(2);
		const camel = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
		return new RegExp(`--${name}\\b|['"]${name}['"]|\\b${camel}: \\{ type`).test(text);
	};
	return {
		scripts: new Set(Object.keys(root)),
		serverScripts: new Set(Object.keys(ofServer)),
		serverCommands: new Map(commands.map((command) => [command.name, new Set(optionsOf(command))])),
		isVariable: (name) =>
			ofN8n.has(name) || sources.some((text) => new RegExp(`\\b${name}\\b`).test(text)) || isOtherVariable(name),
		scriptTakes: takes,
	};
}

interface ServerCommand {
	name: string;
	settings: string[];
	options?: { flags: string }[];
}

/** The server's own tables. They are imported by names that the compiler does not follow, because the server has its own options. */
async function readServer() {
	const [commands, config] = ['../server/src/commands/commands.ts', '../server/src/config.ts'];
	return {
		...((await import(commands)) as { commands: ServerCommand[] }),
		...((await import(config)) as { definitions: Record<string, { name: string }> }),
	};
}

/** The environment variables that n8n reads its settings from. */
function settingsOfN8n(): Set<string> {
	const folder = path.resolve('node_modules/@n8n/config/dist');
	const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'));
	const text = files.map((file) => readFileSync(path.join(folder, file), 'utf8')).join('\n');
	return new Set([...text.matchAll(/Env\)\(['"]([A-Z0-9_]+)['"]/g)].map(([, name]) => name!));
}

function assertNone(lines: string[], before = ''): void {
	assert.equal(lines.length, 0, [before, ...lines].filter(Boolean).join('\n'));
}
