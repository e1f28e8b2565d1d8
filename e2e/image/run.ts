import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';

import { environmentOf, execForm, last } from './dockerfile.ts';
import { mountCommands, nodeUser, type Layer } from './build.ts';

/** What runs as a container would: as process 1 of its own, without root, on a root folder that is read-only. */
export interface Container {
	process: ChildProcess;
	/** Its number on this machine; empty before it has started and after its end. */
	firstProcess(): string;
	output(): string;
	/** Runs the image's HEALTHCHECK in it and returns its exit code. */
	checkHealth(): Promise<number>;
	/** Sends the image's STOPSIGNAL and returns the exit code. */
	stop(): Promise<number | null>;
	kill(): Promise<void>;
}

const withoutRoot = `setpriv --reuid=${nodeUser} --regid=${nodeUser} --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all`;

/** Single quotes, so that the shell takes it as it is. */
const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;

/**
 * @param volume a folder of this machine, mounted where the image declares its VOLUME
 * @param env settings above those of the image
 * @param args in place of the image's CMD
 */
export function runContainer(
	layer: Layer,
	volume: string,
	env: Record<string, string>,
	args = execForm(last(layer.stage, 'CMD')!),
): Container {
	const { stage, folder, cwd } = layer;
	if (last(stage, 'USER') !== 'node') throw new Error('The image runs as another user than "node"');
	const command = [...execForm(last(stage, 'ENTRYPOINT')!), ...args].map(quoted).join(' ');
	const script = [
		mountCommands(layer, true),
		`mount --bind ${volume} ${folder}/root${last(stage, 'VOLUME')!}`,
		`exec /usr/sbin/chroot ${folder}/root ${withoutRoot} sh -c ${quoted(`cd ${cwd} && exec ${command}`)}`,
	].join('\n');
	const settings = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/home/node', ...environmentOf(stage), ...env };
	const child = spawn('unshare', ['-m', '-p', '--fork', 'sh', '-c', script], { env: settings });
	let output = '';
	for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
	const ended = once(child, 'exit') as Promise<[number | null]>;
	const firstProcess = () => {
		const file = `/proc/${child.pid}/task/${child.pid}/children`;
		return existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
	};
	return {
		process: child,
		firstProcess,
		output: () => output,
		async checkHealth() {
			if (firstProcess() === '') return 1;
			const check = execForm(last(stage, 'HEALTHCHECK')!.replace(/^.*?\bCMD\s+/, ''));
			const inside = ['-t', firstProcess(), '--mount', '--pid', '--root', '--wd', 'setpriv'];
			const asUser = [`--reuid=${nodeUser}`, `--regid=${nodeUser}`, '--clear-groups'];
			const [code] = (await once(spawn('nsenter', [...inside, ...asUser, ...check], { env: settings }), 'exit')) as [
				number,
			];
			return code;
		},
		async stop() {
			process.kill(Number(firstProcess()), last(stage, 'STOPSIGNAL'));
			return (await ended)[0];
		},
		async kill() {
			// A process that gives up root loses --kill-child, so end the process itself.
			const first = firstProcess();
			if (first !== '') process.kill(Number(first), 'SIGKILL');
			await ended;
		},
	};
}
