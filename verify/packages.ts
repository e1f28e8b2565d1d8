import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

import { check } from '../e2e/check.ts';
import { packNode } from '../n8n/packNode.ts';

export interface Packed {
	tarball: string;
	/** Where it is unpacked. */
	folder: string;
	/** The paths of its files. */
	files: string[];
	bytes: { packed: number; unpacked: number };
}

/** At most so many bytes, about one and a half times of what they are. More means that something got in. */
const limits = {
	node: { packed: 175_000, unpacked: 625_000 },
	server: { packed: 2_400_000, unpacked: 5_000_000 },
};

interface Manifest {
	name: string;
	version: string;
	main?: string;
	license: string;
	keywords: string[];
	bin?: Record<string, string>;
	n8n?: { nodes: string[]; credentials: string[] };
	dependencies?: Record<string, string>;
	author: { name: string; email: string };
	repository?: { url: string };
}

/** Packs both programs as they would be published. */
export async function packBoth(folder: string): Promise<{ node: Packed; server: Packed }> {
	const folders = { node: path.join(folder, 'node'), server: path.join(folder, 'server') };
	for (const each of Object.values(folders)) mkdirSync(each);
	const { pack: packServer } = await import('../server/test/package/install.ts');
	return {
		node: unpack(await packNode(folders.node), folders.node),
		server: unpack(packServer(folders.server).tarball, folders.server),
	};
}

function unpack(tarball: string, into: string): Packed {
	execFileSync('tar', ['-xzf', tarball, '-C', into]);
	const folder = path.join(into, 'package');
	const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
		statSync(path.join(folder, file)).isFile(),
	);
	const unpacked = files.reduce((sum, file) => sum + statSync(path.join(folder, file)).size, 0);
	return { tarball, folder, files: files.sort(), bytes: { packed: statSync(tarball).size, unpacked } };
}

const manifestOf = ({ folder }: Packed) =>
	JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;

/**
 * What both tarballs must have. test/package.test.ts and `npm run test:package` check besides that nothing else is in
 * them, that n8n's loader loads the node, and that the server runs.
 */
export async function checkPackages({ node, server }: { node: Packed; server: Packed }): Promise<void> {
	for (const [name, packed] of Object.entries({ node, server }) as [keyof typeof limits, Packed][]) {
		const { bytes } = packed;
		const size = `${Math.ceil(bytes.packed / 1000)} kB, unpacked ${Math.ceil(bytes.unpacked / 1000)} kB`;
		await check(`package ${name}: its size is within its limit (${size})`, () => {
			assert.ok(bytes.packed <= limits[name].packed && bytes.unpacked <= limits[name].unpacked, size);
		});
		await check(`package ${name}: it has the MIT license, a README, and the version of the other package`, () => {
			const { license, version, author, keywords } = manifestOf(packed);
			const text = readFileSync(path.join(packed.folder, 'LICENSE'), 'utf8');
			assert.equal(text, readFileSync('LICENSE', 'utf8'));
			assert.match(text, /^MIT License\n/);
			assert.equal(license, 'MIT');
			assert.equal(version, manifestOf(node).version);
			assert.ok(readFileSync(path.join(packed.folder, 'README.md'), 'utf8').length > 500);
			assert.ok(author.name && author.email && keywords.length > 0);
		});
		await check(`package ${name}: no file names a folder of the machine that built it`, () => {
			const home = [process.cwd(), process.env.HOME].filter((each) => each && each.length > 1) as string[];
			const naming = packed.files.filter((file) => {
				const text = readFileSync(path.join(packed.folder, file), 'latin1');
				return home.some((each) => text.includes(`${each}/`));
			});
			assert.deepEqual(naming, []);
		});
	}

	const { repository, author } = manifestOf(node);
	if (!repository) console.log('! OWNER: package.json names no public repository. See docs/verification.md.');
	if (author.email.endsWith('.example'))
		console.log(`! OWNER: ${author.email} reaches nobody. See docs/verification.md.`);

	await check('package node: entry points, types, icons and codex are there', () => {
		const manifest = manifestOf(node);
		assert.ok(manifest.keywords.includes('n8n-community-node-package'));
		assert.equal(manifest.dependencies, undefined);
		const entries = [manifest.main!, ...manifest.n8n!.nodes, ...manifest.n8n!.credentials];
		for (const entry of entries) assert.ok(node.files.includes(entry), `${entry} is missing`);
		for (const file of node.files.filter((each) => each.endsWith('.js'))) {
			const types = file.replace(/\.js$/, '.d.ts');
			assert.ok(node.files.includes(types), `${types} is missing`);
		}
		for (const name of ['humanloop.svg', 'humanloop.dark.svg']) {
			const icon = readFileSync(path.join(node.folder, 'dist/nodes/Humanloop', name), 'utf8');
			assert.match(icon, /^<svg/);
		}
		const codex = JSON.parse(
			readFileSync(path.join(node.folder, 'dist/nodes/Humanloop/Humanloop.node.json'), 'utf8'),
		) as { node: string; nodeVersion: string; resources: Record<string, { url: string }[]> };
		assert.equal(codex.node, 'n8n-nodes-humanloop.humanloop');
		assert.equal(codex.nodeVersion, '1.0');
		for (const name of ['primaryDocumentation', 'credentialDocumentation']) assert.ok(codex.resources[name]?.[0]?.url);
	});
	await check('package node: there is one action node, no trigger, and one credential for one API', () => {
		const { nodes, credentials } = manifestOf(node).n8n!;
		assert.deepEqual([nodes.length, credentials.length], [1, 1]);
		const shipped = node.files.filter((file) => /\.(?:node|credentials)\.js$/.test(file));
		assert.deepEqual(shipped.sort(), [...credentials, ...nodes].sort());
	});
	await check('package server: its program, and the built page with the licenses of what is in it', () => {
		const { bin, dependencies } = manifestOf(server);
		const program = bin!['humanloop-server']!;
		assert.match(readFileSync(path.join(server.folder, program), 'utf8'), /^#!\/usr\/bin\/env node\n/);
		const page = readFileSync(path.join(server.folder, 'dist-page/index.html'), 'utf8');
		const assets = [...page.matchAll(/(?:src|href)="\/?([^"]+\.(?:js|css|svg))"/g)].map(([, file]) => file!);
		assert.ok(assets.length > 0);
		for (const file of assets) assert.ok(existsSync(path.join(server.folder, 'dist-page', file)), file);
		assert.match(readFileSync(path.join(server.folder, 'dist-page/LICENSES.md'), 'utf8'), /react/i);
		for (const [name, version] of Object.entries(dependencies!)) assert.match(version, /^\d+\.\d+\.\d+$/, name);
	});
}
