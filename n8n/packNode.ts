import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Packs the built package as it would be published.
 *
 * @param folder where the tarball goes; must exist
 * @param packageFolder the folder of the package's package.json, with `dist` built
 * @returns the tarball's path
 */
export async function packNode(folder: string, packageFolder = process.cwd()): Promise<string> {
	const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
		cwd: packageFolder,
	});
	const [packed] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
	if (!packed.files.some(({ path: file }) => file.endsWith('.node.js'))) {
		throw new Error(`The package in ${packageFolder} is not built: run npm run build there.`);
	}
	return path.join(folder, packed.filename);
}

/**
 * Puts a packed package where n8n looks for community packages, in the form in which n8n itself puts them there
 * (community-packages.service.js in n8n 2.41.1): unpacked, below `.n8n/nodes/node_modules`. n8n reads it at its start.
 */
export async function unpackNode(tarball: string, userFolder: string): Promise<void> {
	const packages = path.join(userFolder, '.n8n', 'nodes', 'node_modules');
	await mkdir(packages, { recursive: true });
	const part = await mkdtemp(path.join(packages, '.part-'));
	await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', part]);
	const target = path.join(packages, 'n8n-nodes-humanloop');
	await rm(target, { recursive: true, force: true });
	await rename(part, target);
}
