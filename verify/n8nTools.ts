import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import {
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	renameSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { check, total } from '../e2e/check.ts';
import { packNode } from '../n8n/packNode.ts';

/*
 * `npm run verify:n8n [-- scan | node-cli]`: the same rules as `npm run verify`, but by n8n's own programs. They are installed
 * outside of the clone, because they would make each `npm install` larger by 220 and 700 MB.
 */
const tools = {
	scan: { '@n8n/scan-community-package': '0.32.0' },
	'node-cli': { '@n8n/node-cli': '0.48.3', typescript: '5.9.3', 'n8n-workflow': '2.41.0' },
};

/** What no node may do. */
const fault = "import 'node:fs';\n";

interface Scanner {
	SOURCE_FILE_PATTERNS: string[];
	analyzePackage(folder: string, patterns: string[]): Promise<{ passed: boolean; message?: string; details?: string }>;
	findPackageRoot(folder: string, name: string): string | null;
}

async function scan(node_modules: string, folder: string): Promise<void> {
	const file = path.join(node_modules, '@n8n/scan-community-package/scanner/scanner.mjs');
	const scanner = (await import(pathToFileURL(file).href)) as Scanner;
	const clone = path.join(folder, 'source');
	mkdirSync(clone);
	// The scan downloads the commit that the release names.
	execFileSync('sh', ['-c', 'git archive HEAD | tar -x -C "$1"', 'sh', clone]);
	const source = scanner.findPackageRoot(clone, 'n8n-nodes-humanloop');

	await check("n8n's scan finds the package in the commit", () => assert.equal(source, clone));
	await check("n8n's scan passes the source of the commit", async () => {
		const { passed, message, details } = await scanner.analyzePackage(clone, scanner.SOURCE_FILE_PATTERNS);
		assert.ok(passed, details ?? message);
	});
	await check("n8n's scan finds a fault that is put in", async () => {
		writeFileSync(path.join(clone, 'nodes/Humanloop/fault.ts'), fault);
		const { passed, details } = await scanner.analyzePackage(clone, scanner.SOURCE_FILE_PATTERNS);
		assert.ok(!passed && details?.includes('no-restricted-imports'), details);
	});
	await check("n8n's scan passes the packed tarball", async () => {
		execFileSync('tar', ['-xzf', await packNode(folder), '-C', folder]);
		const packed = await scanner.analyzePackage(path.join(folder, 'package'), ['**/*.js', 'package.json']);
		assert.ok(packed.passed, packed.details ?? packed.message);
	});
}

/** n8n's command line looks at all TypeScript of its folder, so it gets one that has the node alone. */
async function nodeCli(node_modules: string, folder: string): Promise<void> {
	const project = path.join(folder, 'project');
	mkdirSync(project);
	for (const name of ['nodes', 'credentials', 'tsconfig.json', 'README.md', 'LICENSE', 'index.js']) {
		cpSync(name, path.join(project, name), { recursive: true });
	}
	const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { n8n: object; workspaces?: string[] };
	delete manifest.workspaces;
	manifest.n8n = { ...manifest.n8n, strict: true };
	writeFileSync(path.join(project, 'package.json'), JSON.stringify(manifest, undefined, 2));
	cpSync(
		path.join(node_modules, '@n8n/node-cli/dist/template/templates/shared/default/eslint.config.mjs'),
		path.join(project, 'eslint.config.mjs'),
	);
	symlinkSync(node_modules, path.join(project, 'node_modules'));
	const program = path.join(node_modules, '@n8n/node-cli/bin/n8n-node.mjs');
	const n8nNode = async (command: string) => {
		const env = { ...process.env, CI: 'true', PATH: `${path.join(node_modules, '.bin')}:${process.env.PATH}` };
		try {
			return (await promisify(execFile)(process.execPath, [program, command], { cwd: project, env })).stdout;
		} catch (error) {
			const { stdout, stderr } = error as { stdout: string; stderr: string };
			throw new Error(`n8n-node ${command} failed:\n${stdout}${stderr}`, { cause: error });
		}
	};

	await check('n8n-node cloud-support says that the node alone is eligible', async () => {
		assert.match(await n8nNode('cloud-support'), /ENABLED/);
	});
	await check('n8n-node lint passes the node alone, in strict mode', async () => void (await n8nNode('lint')));
	await check('n8n-node lint finds a fault that is put in', async () => {
		const file = path.join(project, 'nodes/Humanloop/fault.ts');
		writeFileSync(file, fault);
		await assert.rejects(n8nNode('lint'), /no-restricted-imports/);
		rmSync(file);
	});
	await check('n8n-node build builds the node alone', async () => {
		await n8nNode('build');
		assert.ok(existsSync(path.join(project, 'dist/nodes/Humanloop/Humanloop.node.js')));
	});
}

/** Installs a tool below `~/.cache/n8n-nodes-humanloop`, unless it is there. Returns its node_modules. */
async function install(name: keyof typeof tools): Promise<string> {
	const dependencies = tools[name];
	const cache = path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'n8n-nodes-humanloop');
	const folder = path.join(cache, `${name}-${Object.values(dependencies)[0]}`);
	if (!existsSync(folder)) {
		console.log(`Installing ${Object.keys(dependencies)[0]} into ${folder} …`);
		const part = `${folder}.${process.pid}`;
		mkdirSync(part, { recursive: true });
		writeFileSync(path.join(part, 'package.json'), JSON.stringify({ private: true, dependencies }));
		// Their install scripts build what no check needs.
		const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund'];
		await promisify(execFile)('npm', args, { cwd: part });
		renameSync(part, folder);
	}
	return path.join(folder, 'node_modules');
}

async function main(): Promise<void> {
	const [wanted] = process.argv.slice(2);
	const checks = { scan, 'node-cli': nodeCli };
	if (wanted !== undefined && !(wanted in checks)) throw new Error(`Name one of: ${Object.keys(checks).join(', ')}.`);
	const folder = mkdtempSync(path.join(tmpdir(), 'humanloop-n8n-'));
	try {
		for (const [name, run] of Object.entries(checks) as [keyof typeof tools, typeof scan][]) {
			if (wanted === undefined || wanted === name) await run(await install(name), folder);
		}
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
	process.exitCode = total('verify:n8n') ? 0 : 1;
}

main().catch((error: Error) => {
	console.error(error.message);
	process.exitCode = 1;
});
