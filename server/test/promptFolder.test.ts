import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { run } from './process.ts';
import { startApi, tempDir } from './setup.ts';

const prompt = '---\nmodel: m\nprovider: mock\n---\nHi';

/** What a start says that cannot use this folder. It runs in a process of its own: one that hangs must not hang the test. */
async function failedStart(t: TestContext, promptsDir: string, env: Record<string, string> = {}): Promise<string> {
	const { child, err } = run(t, { PORT: '0', DATA_DIR: tempDir(t), PROMPTS_DIR: promptsDir, ...env });
	const [code] = (await once(child, 'close')) as [number | null];
	assert.equal(code, 1);
	assert.equal(err().trimEnd().split('\n').length, 1, err());
	return err();
}

test('pipes, devices and links to them are no .prompt files', async (t) => {
	for (const make of [
		(path: string) => void execFileSync('mkfifo', [path]),
		(path: string) => symlinkSync('/dev/zero', path),
	]) {
		const promptsDir = tempDir(t);
		make(join(promptsDir, 'reply.prompt'));
		assert.match(
			await failedStart(t, promptsDir),
			/reply\.prompt: it is neither a file nor a link to one\. Remove or rename it\.$/m,
		);
	}
});

test('a .prompt file has at most 1 MiB', async (t) => {
	const promptsDir = tempDir(t);
	const full = prompt + 'i'.repeat(1024 * 1024 - prompt.length);
	writeFileSync(join(promptsDir, 'reply.prompt'), full);
	assert.equal((await startApi(t, { promptsDir })).prompts.length, 1);
	writeFileSync(join(promptsDir, 'reply.prompt'), `${full}i`);
	assert.match(await failedStart(t, promptsDir), /reply\.prompt: it has 1048577 bytes, and at most 1048576 .* Shorten/);
});

test('a Jinja template with a syntax error ends the start', async (t) => {
	const promptsDir = tempDir(t);
	const jinja = prompt.replace('---\nHi', 'template_language: jinja\n---\nHi\n{% if %}');
	writeFileSync(join(promptsDir, 'reply.prompt'), jinja);
	assert.match(
		await failedStart(t, promptsDir),
		/reply\.prompt: prompt_template, line 2: the template has a syntax error/,
	);
});

test('links that multiply folders end the start', async (t) => {
	const promptsDir = tempDir(t);
	for (let level = 0; level < 16; level += 1) {
		mkdirSync(join(promptsDir, `.${level}`));
		for (const name of ['a', 'b']) symlinkSync(`../.${level + 1}`, join(promptsDir, `.${level}`, name));
	}
	mkdirSync(join(promptsDir, '.16'));
	symlinkSync('.0', join(promptsDir, 'start'));
	assert.match(await failedStart(t, promptsDir), /more than 10000 files and folders .* MAX_PROMPT_FILES/);
});

test('the number of files and folders is a setting', async (t) => {
	const promptsDir = tempDir(t);
	mkdirSync(join(promptsDir, 'support'));
	for (const name of ['one', 'support/two']) writeFileSync(join(promptsDir, `${name}.prompt`), prompt);
	assert.equal((await startApi(t, { promptsDir, maxPromptFiles: 3 })).prompts.length, 2);
	assert.match(await failedStart(t, promptsDir, { MAX_PROMPT_FILES: '2' }), /more than 2 files and folders/);
});

test('many messages in a file are read in a time that grows with them', { timeout: 600_000 }, async (t) => {
	const promptsDir = tempDir(t);
	writeFileSync(join(promptsDir, 'chat.prompt'), `---\nmodel: m\n---\n${'<user>Hi</user>\n'.repeat(65_000)}`);
	assert.equal((await startApi(t, { promptsDir })).prompts.length, 1);
});
