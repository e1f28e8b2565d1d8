import { execFile } from 'node:child_process';
import {
	chmodSync,
	chownSync,
	copyFileSync,
	cpSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { isIgnored, readStages, type Stage } from './dockerfile.ts';

/*
 * Runs the steps of a Dockerfile without Docker: each stage is a layer above this machine's own root folder, in which
 * RUN steps run with chroot. Needs Linux, root and overlayfs. An image's own base is not there, so this shows that the
 * steps work on Debian with Node.js, and not that they work on exactly that image.
 */

export const nodeUser = 1000;

/** A stage that was built. `upper` has what the stage added to the root folder. */
export interface Layer {
	stage: Stage;
	folder: string;
	upper: string;
	cwd: string;
}

/** The folders of this machine that a container must not see. */
const hidden = ['/work', '/tmp', '/root/.cache'];

/**
 * The shell commands that mount a layer at `$1/root`, to run in a mount namespace of their own.
 *
 * @param isReadOnly as with `docker run --read-only --tmpfs /tmp`
 */
export function mountCommands({ folder }: Layer, isReadOnly = false): string {
	const root = path.join(folder, 'root');
	return [
		'set -e',
		`mount -t overlay overlay -o lowerdir=/,upperdir=${folder}/upper,workdir=${folder}/work ${root}`,
		...hidden.map((each) => `if [ -d ${root}${each} ]; then mount -t tmpfs -o mode=1777 tmpfs ${root}${each}; fi`),
		`mount --rbind /dev ${root}/dev`,
		`mount -t proc proc ${root}/proc`,
		...(isReadOnly ? [`mount -o remount,bind,ro ${root}`] : []),
	].join('\n');
}

/**
 * Builds a stage, and before it those that it needs.
 *
 * @param layers what was built before; gets the new layers
 */
export async function build(
	context: string,
	folder: string,
	target: string,
	layers: Map<string, Layer>,
): Promise<Layer> {
	const stages = readStages(readFileSync(path.join(context, 'Dockerfile'), 'utf8'));
	const needed = new Set([target]);
	for (const { name, instructions } of stages.toReversed()) {
		if (!needed.has(name)) continue;
		for (const { text } of instructions) needed.add(/--from=(\S+)/.exec(text)?.[1] ?? '');
	}
	for (const stage of stages.filter(({ name }) => needed.has(name) && !layers.has(name))) {
		layers.set(stage.name, await buildStage(stage, context, path.join(folder, stage.name), layers));
	}
	return layers.get(target)!;
}

async function buildStage(stage: Stage, context: string, folder: string, layers: Map<string, Layer>): Promise<Layer> {
	const layer: Layer = { stage, folder, upper: path.join(folder, 'upper'), cwd: '/' };
	for (const name of ['upper', 'work', 'root']) mkdirSync(path.join(folder, name), { recursive: true });
	addBase(layer);
	for (const { name, text } of stage.instructions) {
		if (name === 'WORKDIR') {
			layer.cwd = path.resolve(layer.cwd, text);
			mkdirSync(path.join(layer.upper, layer.cwd), { recursive: true });
		} else if (name === 'COPY') copy(layer, text, context, layers);
		else if (name === 'RUN') await runIn(layer, text);
	}
	return layer;
}

/** What the image of Node.js has and Debian has not: Node.js 24 and the user "node". */
function addBase({ upper }: Layer): void {
	mkdirSync(path.join(upper, 'usr/local/bin'), { recursive: true });
	const node = path.join(upper, 'usr/local/bin/node');
	copyFileSync(process.execPath, node);
	chmodSync(node, 0o755);
	mkdirSync(path.join(upper, 'etc'), { recursive: true });
	const accounts = [
		['passwd', `node:x:${nodeUser}:${nodeUser}::/home/node:/bin/bash\n`],
		['group', `node:x:${nodeUser}:\n`],
	] as const;
	for (const [file, line] of accounts)
		writeFileSync(path.join(upper, 'etc', file), readFileSync(`/etc/${file}`, 'utf8') + line);
}

async function runIn(layer: Layer, command: string): Promise<void> {
	const script = `${mountCommands(layer)}\nexec chroot ${layer.folder}/root sh -c "$1"`;
	const steps = ['-m', 'sh', '-c', script, 'sh', `cd ${layer.cwd} && ${command}`];
	const env = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', HOME: '/root' };
	await promisify(execFile)('unshare', steps, { env, maxBuffer: 2 ** 26 });
}

function copy(layer: Layer, text: string, context: string, layers: Map<string, Layer>): void {
	const words = text.split(/\s+/);
	const flags = words.filter((word) => word.startsWith('--'));
	const [sources, target] = [words.slice(flags.length, -1), words.at(-1)!];
	const from = flags.find((flag) => flag.startsWith('--from='))?.slice('--from='.length);
	const root = from === undefined ? context : layers.get(from)!.upper;
	const ignore = from === undefined ? readFileSync(path.join(context, '.dockerignore'), 'utf8') : '';
	const destination = path.join(layer.upper, path.resolve(layer.cwd, target));
	for (const source of sources) {
		const file = path.join(root, source);
		const isInto = !statSync(file).isDirectory() && (target.endsWith('/') || target === '.' || target === './');
		const filter = (each: string) => from !== undefined || !isIgnored(ignore, path.relative(context, each));
		if (!filter(file)) throw new Error(`COPY ${source}: .dockerignore keeps it out`);
		cpSync(file, isInto ? path.join(destination, path.basename(file)) : destination, {
			recursive: true,
			verbatimSymlinks: true,
			filter,
		});
	}
	if (flags.includes('--chown=node:node')) chownAll(destination);
}

function chownAll(folder: string): void {
	const files = readdirSync(folder, { recursive: true }).map((file) => path.join(folder, String(file)));
	for (const file of [folder, ...files]) chownSync(file, nodeUser, nodeUser);
}
