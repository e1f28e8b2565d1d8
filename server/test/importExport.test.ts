import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { contentsOf, databaseOf, exportOf, importInto, onDatabase } from './import/commands.ts';
import { fill } from './import/fill.ts';
import { idOf, logLine, makeExport, promptVersion, secret } from './import/officialExport.ts';
import { inherited, main } from './process.ts';
import { startApi, tempDir } from './setup.ts';
import { execute, notOnPglite } from './storage/storage.ts';

test('an official export of 300 files keeps its IDs, and each broken file is named', notOnPglite, async (t) => {
	const dir = tempDir(t);
	const dataDir = tempDir(t);
	const made = makeExport(dir, 300, 6);
	const { status, stdout, stderr } = await onDatabase(dataDir, ['import', dir]);
	assert.equal(status, 1, stderr);
	assert.ok(!`${stdout}${stderr}`.includes(secret), 'nothing of what broken files have in them');
	const lines = stdout.split('\n');
	for (const { path, words } of made.broken) {
		const line = lines.find((text) => text.trim().startsWith(path) || text.includes(`: ${path}`));
		assert.match(line ?? `nothing about ${path}`, words);
	}
	assert.match(
		stderr,
		new RegExp(`^${made.broken.length} parts could not be imported\\. They are listed above\\.$`, 'm'),
	);
	assert.match(stdout, new RegExp(`^projects +${made.prompts} new$`, 'm'));
	assert.match(stdout, new RegExp(`^logs +${made.logs.toLocaleString('en')} new$`, 'm'));
	assert.match(stdout, /^ {2}10 files of the type evaluator$/m);
	assert.match(stdout, new RegExp(`^  ${made.prompts} versions are equal to an older one`, 'm'));

	const api = await startApi(t, { dataDir });
	const { body: first } = await api.get(`/model-configs/${idOf('prv', 20_001)}`);
	assert.equal(first['id'], idOf('prv', 20_001));
	assert.deepEqual(first['chat_template'], [
		{ role: 'system', content: 'You are {{role}}.' },
		{ role: 'user', content: [{ type: 'text', text: 'Version 1 of 200: {{question}}' }] },
	]);
	assert.deepEqual(
		(first['tools'] as { name: string }[]).map(({ name }) => name),
		['find_order', 'refund'],
	);
	const { body: equal } = await api.get(`/model-configs/${idOf('prv', 20_003)}`);
	assert.equal(equal['id'], idOf('prv', 20_001), 'the same parameters are one config, found under both IDs');
	const { body: completion } = await api.get(`/model-configs/${idOf('prv', 20_102)}`);
	assert.equal(completion['prompt_template'], 'Version 2 of 201: {{question}}');
	assert.deepEqual([completion['name'], completion['description']], ['second', 'Shorter.']);

	const { body: log } = await api.get(`/logs/${idOf('data', 200_002)}`);
	assert.equal(log.output, 'Answer 2');
	assert.deepEqual(log.inputs, { question: 'Where is order 2?', role: 'clerk' });
	assert.deepEqual(log.messages, [{ role: 'user', content: 'Where is order 2?' }]);
	assert.equal(log.parent_id, idOf('data', 201_002), 'a parent that was stored later');
	assert.equal(log.session_reference_id, idOf('data', 77_002));
	assert.equal(log.config_id, idOf('prv', 20_001));
	assert.equal(log.created_at, String(logLine(200, 2)['created_at']).replace('339', 'Z'));
	assert.deepEqual([log.prompt_tokens, log.output_tokens, log.duration], [12, 3, 0.5]);
	const { body: failed } = await api.get(`/logs/${idOf('data', 200_004)}`);
	assert.equal(failed.error, 'The model is overloaded');
	const { body: deployed } = await api.get(`/projects/${idOf('pr', 200)}/deployed-configs`);
	assert.deepEqual(
		(deployed as unknown as Record<string, string>[]).map((one) => [
			one['environment_id'],
			one['environment_name'],
			one['environment_tag'],
			one['model_config_id'],
		]),
		[
			[idOf('env', 1), 'development', 'default', idOf('prv', 20_001)],
			[idOf('env', 2), 'staging', 'other', idOf('prv', 20_001)],
		],
		'the default environment of the export is the default one here',
	);
	const { body: history } = await api.get(`/projects/${idOf('pr', 200)}/deployments`);
	assert.deepEqual([history.total, history.records[0].name], [2, undefined]);
	const { body: project } = await api.get(`/projects/${idOf('pr', 201)}`);
	const { body: namesake } = await api.get(`/projects/${idOf('pr', 200)}`);
	assert.deepEqual([project.name, namesake.name].sort(), ['Prompt 100', 'Team 1/Prompt 100'].sort());
});

test('what an export has is the same in the export of a database that it was imported into', notOnPglite, async (t) => {
	const [dataDir, target] = [tempDir(t), tempDir(t)];
	const api = await startApi(t, { dataDir });
	await fill(api);
	await api.app.close();
	const folder = await exportOf(t, dataDir);
	const contents = contentsOf(folder);
	assert.ok(Object.keys(contents).length > 25, Object.keys(contents).join('\n'));
	const printed = await importInto(target, folder);
	assert.ok(!printed.includes('Not imported'), printed);
	const counts = (text: string) =>
		[...text.matchAll(/^(\w+) +(\d+)(?: new(?:, (\d+) there already)?)?$/gm)]
			.map(([, kind, added, present]) => [kind, Number(added) + Number(present ?? 0)] as const)
			.filter(([, count]) => count > 0);
	const again = await onDatabase(dataDir, ['export', join(tempDir(t), 'again')]);
	assert.equal(counts(printed).length, 7, printed);
	assert.deepEqual(counts(again.stdout), counts(printed), 'the export counts what the import counts');
	assert.deepEqual(contentsOf(await exportOf(t, target)), contents);
	assert.match(await importInto(target, folder), /^projects +0 new/);
	assert.deepEqual(contentsOf(await exportOf(t, target)), contents);

	// What the API returns is the same too.
	const copy = await startApi(t, { dataDir: target });
	const original = await startApi(t, { dataDir });
	const { body: projects } = await original.get('/projects?size=100');
	assert.deepEqual((await copy.get('/projects?size=100')).body, projects);
	for (const { id } of projects.records as unknown as { id: string }[])
		for (const path of [
			`/logs?project_id=${id}&size=100`,
			`/projects/${id}/configs`,
			`/sessions?project_id=${id}`,
			`/projects/${id}/deployments`,
		])
			assert.deepEqual((await copy.get(path)).body, (await original.get(path)).body, path);
});

test(
	'a second import changes nothing, nor does one that follows after the first was killed',
	notOnPglite,
	async (t) => {
		const dir = tempDir(t);
		makeExport(dir, 90, 60);
		const [whole, killed] = [tempDir(t), tempDir(t)];
		await onDatabase(whole, ['import', dir]);
		const once_ = contentsOf(await exportOf(t, whole));
		const again = await onDatabase(whole, ['import', dir]);
		assert.match(again.stdout, /^projects +0 new, \d+ there already$/m);
		assert.match(again.stdout, /^logs +0 new, [\d,]+ there already$/m);
		assert.deepEqual(contentsOf(await exportOf(t, whole)), once_);

		// Some logs are stored when the process is killed.
		await onDatabase(killed, ['migrate']);
		const child = spawn(process.execPath, [main, 'import', dir], {
			env: { ...inherited, ...databaseOf(killed) },
			stdio: 'ignore',
		});
		const closed = once(child, 'close');
		for (let logs = 0; logs < 500;) {
			assert.equal(child.exitCode, null, 'the import has ended before it was killed');
			const [row] = await execute(killed, 'select count(*) as count from logs');
			logs = Number(row?.['count']);
			// Without a pause, the end of the process would never be noticed.
			await new Promise((resume) => setTimeout(resume, 1));
		}
		child.kill('SIGKILL');
		assert.deepEqual(await closed, [null, 'SIGKILL']);
		await onDatabase(killed, ['import', dir]);
		// When they were deployed here is not in the export.
		const timeless = (contents: Record<string, string>) =>
			Object.fromEntries(
				Object.entries(contents).map(([path, text]) => [
					path,
					path.endsWith('history.jsonl') ? text.replace(/"created_at":".*?"|"id":"dep_.*?"/g, '') : text,
				]),
			);
		assert.deepEqual(timeless(contentsOf(await exportOf(t, killed))), timeless(once_));
	},
);

test('any folder of an export will do, but one with several exports, or none, is refused', notOnPglite, async (t) => {
	const dir = tempDir(t);
	const { root } = makeExport(dir, 18, 1);
	const file = join(root, 'files', idOf('pr', 16));
	for (const folder of [dir, join(dir, 'exports'), root, join(root, 'files'), file]) {
		const { stdout } = await onDatabase(tempDir(t), ['import', folder]);
		assert.match(stdout, /^projects +\d+ new$/m, folder);
	}
	assert.match(await importInto(tempDir(t), file), /^projects +1 new\nversions +2 new, 1 there already\n/);
	const later = join(dir, 'exports/20250606-120000');
	mkdirSync(join(later, 'files'), { recursive: true });
	const several = await onDatabase(tempDir(t), ['import', dir]);
	assert.equal(several.status, 1);
	assert.equal(
		several.stderr.split('\n').at(-2),
		`${join(dir, 'exports')} has 2 exports. Name one of them: the newest is ${later}.`,
	);
	const none = await onDatabase(tempDir(t), ['import', tempDir(t)]);
	assert.equal(none.status, 1);
	assert.match(none.stderr, / has neither an export .* nor a \.prompt file\.$/m);
	const missing = await onDatabase(tempDir(t), ['import', join(dir, 'nowhere')]);
	assert.deepEqual([missing.status, missing.stderr], [1, `There is no folder ${join(dir, 'nowhere')}.\n`]);
});

test('.prompt files go both ways, and each one that cannot is named', notOnPglite, async (t) => {
	const [dir, dataDir] = [tempDir(t), tempDir(t)];
	mkdirSync(join(dir, 'support'));
	const prompt = (model: string, body: string) => `---\nmodel: ${model}\nprovider: openai\n---\n${body}`;
	writeFileSync(join(dir, 'support/reply.prompt'), prompt('gpt-4o', 'Answer {{question}}'));
	writeFileSync(
		join(dir, 'chat.prompt'),
		prompt('gpt-4o', '<system>\n  Short.\n</system>\n<user>\n  {{q}}\n</user>\n'),
	);
	writeFileSync(join(dir, 'broken.prompt'), `---\nmodel: ${secret}\ntemperature: hot\n---\n`);
	const { status, stdout, stderr } = await onDatabase(dataDir, ['import', dir]);
	assert.equal(status, 1, stderr);
	assert.match(stdout, /^projects +2 new\nversions +2 new$/m);
	assert.match(stdout, /broken\.prompt: line 3: temperature: value is not a valid float$/m);
	assert.ok(!`${stdout}${stderr}`.includes(secret));
	rmSync(join(dir, 'broken.prompt'));
	assert.match(await importInto(dataDir, dir), /^projects +0 new, 2 there already\nversions +0 new, 2 there already$/m);

	const api = await startApi(t, { dataDir });
	for (const name of ['..', 'a/../b', '/etc/x', '.hidden', 'CHAT', 'nul\\x', 'x'.repeat(250)])
		await api.config({ project: name });
	const { body: bare } = await api.post('/projects', { name: 'bare' });
	assert.ok(bare.id);
	await api.app.close();
	const folder = join(tempDir(t), 'prompts');
	const exported = await onDatabase(dataDir, ['export', '--prompts', folder]);
	assert.equal(exported.status, 0, exported.stderr);
	assert.match(exported.stdout, /^prompts +2$/m);
	assert.match(exported.stdout, /^Nothing is deployed in the default environment of: "bare"$/m);
	for (const name of ['".."', '"a/../b"', '"/etc/x"', '".hidden"'])
		assert.ok(/^The name cannot be that of a file: (.*)$/m.exec(exported.stdout)?.[1]?.includes(name), exported.stdout);
	// One of "chat" and "CHAT", the one with the lower ID.
	const names = Object.keys(contentsOf(folder)).map((name) => name.toLowerCase());
	assert.deepEqual(names, ['chat.prompt', 'support/reply.prompt']);
	// The same files have the same IDs on another server.
	const other = tempDir(t);
	await importInto(other, folder);
	const [one, two] = [await exportOf(t, dataDir), await exportOf(t, other)].map(contentsOf);
	const versions = Object.keys(two!)
		.filter((path) => path.includes('/versions/'))
		.map((path) => path.split('/').at(-1));
	assert.equal(versions.length, 2);
	for (const id of versions)
		assert.ok(
			Object.keys(one!).some((path) => path.endsWith(`/versions/${id}`)),
			id,
		);
});

test(
	'models that have ended are named after an import, and one of a kind is counted in the singular',
	notOnPglite,
	async (t) => {
		const dir = tempDir(t);
		makeExport(dir, 18, 1);
		mkdirSync(join(dir, 'exports/20250605-120000/files', idOf('pr', 16), 'evaluations/evr_1'), { recursive: true });
		const models = join(dir, 'models.json');
		const source = 'https://example.com/ends';
		writeFileSync(
			models,
			JSON.stringify([{ provider: 'openai', model: 'gpt-4o', shut_down_on: '2025-01-31', successor: 'gpt-9', source }]),
		);
		const { stdout } = await onDatabase(
			tempDir(t),
			['import', join(dir, 'exports/20250605-120000/files', idOf('pr', 16))],
			{
				MODELS_FILE: models,
			},
		);
		assert.match(stdout, /^ {2}"gpt-4o" of openai ended on 2025-01-31, successor gpt-9: 2 configs, such as prv_\w+$/m);
		assert.match(stdout, /^ {2}1 version is equal to an older one, which is found under both IDs\.$/m);
		assert.match(stdout, /^ {2}1 evaluation of a prompt\n {2}1 log's judgments of evaluators$/m);
	},
);

test('older IDs come from a table or a JSON object, and wrong ones are named', notOnPglite, async (t) => {
	const dir = tempDir(t);
	const dataDir = tempDir(t);
	makeExport(dir, 18, 1);
	const version = (number: number) => idOf('prv', 1_600 + number);
	const table = join(dir, 'aliases.csv');
	const ending = version(2).slice('prv_'.length);
	writeFileSync(
		table,
		`old,new\nconfig_1,${version(1)}\r\nconfig_2,${version(3)}\nconfig_${ending},prv_unknown\nconfig_3,prv_4\n${version(2)},${version(1)}\n`,
	);
	const { status, stdout } = await onDatabase(dataDir, [
		'import',
		join(dir, 'exports/20250605-120000/files', idOf('pr', 16)),
		'--aliases',
		table,
	]);
	assert.equal(status, 1);
	assert.match(stdout, /^aliases +2 new$/m);
	assert.match(
		stdout,
		new RegExp(`config_${ending}: there is no version prv_unknown\\. ${version(2)} has the same ending`),
	);
	assert.match(stdout, /config_3: there is no version prv_4$/m);
	assert.match(stdout, new RegExp(`${version(2)}: ${version(2)} stands for ${version(2)} already$`, 'm'));

	const api = await startApi(t, { dataDir });
	for (const alias of ['config_1', 'config_2'])
		assert.equal((await api.get(`/model-configs/${alias}`)).body['id'], version(1), alias);
	// A server that runs finds it at once.
	const object = join(dir, 'aliases.json');
	writeFileSync(object, JSON.stringify({ config_4: 'config_2' }));
	assert.equal((await api.get('/model-configs/config_4')).status, 404);
	await importInto(dataDir, join(dir, 'exports/20250605-120000/files', idOf('pr', 16)), ['--aliases', object]);
	assert.equal((await api.get('/model-configs/config_4')).body['id'], version(1));
	writeFileSync(table, 'config_5\n');
	const wrong = await onDatabase(dataDir, ['import', dir, '--aliases', table]);
	assert.deepEqual(
		[wrong.status, wrong.stderr],
		[1, `${table}: line 1: expected two IDs with a comma between them.\n`],
	);
});

test('long files of logs are read with little memory', { ...notOnPglite, timeout: 600_000 }, async (t) => {
	const folder = join(tempDir(t), 'pr_1');
	mkdirSync(join(folder, 'logs'), { recursive: true });
	writeFileSync(join(folder, 'file.json'), JSON.stringify({ ...promptVersion(2, 1), id: 'pr_1' }));
	const inputs = { question: 'x'.repeat(20_000) };
	const lines = Array.from({ length: 3_500 }, (_, log) =>
		JSON.stringify({ ...logLine(2, log), inputs, trace_parent_id: null }),
	);
	writeFileSync(join(folder, 'logs/1.jsonl'), lines.join('\n'));
	const tooLong = { ...logLine(2, 3_500), inputs: { question: 'x'.repeat(64 * 1024 * 1024) } };
	writeFileSync(join(folder, 'logs/2.jsonl'), JSON.stringify(tooLong));
	assert.ok(statSync(join(folder, 'logs/1.jsonl')).size > 70_000_000);
	const { status, stdout, stderr } = await onDatabase(tempDir(t), ['import', folder], {
		NODE_OPTIONS: '--max-old-space-size=64',
	});
	assert.equal(status, 1, stderr);
	assert.match(stdout, /^logs +3,500 new$/m);
	assert.match(stdout, /2\.jsonl, line 1: it has more than 67,108,864 bytes$/m);
});

test(
	'an export is whole or not there, only its user can read it, and it overwrites nothing',
	notOnPglite,
	async (t) => {
		const dir = tempDir(t);
		const dataDir = tempDir(t);
		makeExport(dir, 18, 3);
		await onDatabase(dataDir, ['import', dir]);
		const folder = await exportOf(t, dataDir);
		assert.equal(statSync(folder).mode & 0o777, 0o700);
		const file = join(folder, 'files', idOf('pr', 16), 'file.json');
		assert.equal(statSync(file).mode & 0o777, 0o600);
		const { status, stderr } = await onDatabase(dataDir, ['export', folder]);
		assert.equal(status, 1);
		assert.match(stderr, /exists already and is not an empty folder\. Choose another name\.$/m);
		assert.deepEqual(readdirSync(join(folder, '..')), ['export']);
	},
);
