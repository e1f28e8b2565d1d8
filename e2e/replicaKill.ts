import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import axios from 'axios';

import { check, patience } from './check.ts';
import type { Replica } from './replicaHosts.ts';
import { answeredBy, callsAbout, concurrency, itemCount, logsAbout, run, type Topology } from './replicaRuns.ts';

/** How many completions a server has in hand, by its own metrics. */
async function callsInFlight({ hosts }: Topology, { port }: Replica): Promise<number> {
	const headers = { Authorization: `Bearer ${hosts.variables.METRICS_TOKEN}` };
	const { data } = await axios.get<string>(`http://127.0.0.1:${port}/metrics`, { headers });
	return Number(/^humanloop_calls_in_flight (\d+)$/m.exec(data)![1]);
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
	const deadline = Date.now() + patience;
	while (!(await isSo())) {
		assert.ok(Date.now() < deadline, String(isSo));
		await sleep(50);
	}
}

/** Kills a server that has calls in hand, and starts it again. */
export async function checkKill(topology: Topology): Promise<void> {
	const { hosts, modelHost } = topology;
	const topic = 'a kill';
	let release = () => {};
	const wasKilled = new Promise<void>((resolve) => (release = resolve));
	let victim = 0;
	let inHand = 0;

	await check('replicas: a server is killed in the middle of a run: all items arrive, each stored once', async () => {
		const first = modelHost.requests.length;
		// The model answers ten calls, and the next ones only after the kill.
		modelHost.fault = async (request) => {
			if (modelHost.requests.indexOf(request) >= first + 10) await wasKilled;
			return false;
		};
		const answered = run(topology, topic);
		answered.catch(() => undefined);
		// The node makes ten calls at a time. When all of them wait for the model, one server has at least four in hand.
		await until(() => modelHost.requests.length === first + 20);
		let counts: number[] = [];
		await until(async () => {
			counts = await Promise.all(hosts.replicas.map(async (replica) => await callsInFlight(topology, replica)));
			return counts.reduce((sum, count) => sum + count) === concurrency;
		});
		inHand = Math.max(...counts);
		victim = counts.indexOf(inHand);
		const { process: child, ended } = hosts.replicas[victim]!;
		child.kill('SIGKILL');
		await ended;
		release();
		const items = await answered;
		assert.equal(items.length, itemCount);
		assert.equal(new Set(items.map(({ id }) => id)).size, itemCount);
		assert.ok(items.every(({ output }) => typeof output === 'string'));
		assert.equal((await logsAbout(topology, topic)).length, itemCount);
	});
	release();

	await check('replicas: only what was in the hands of the killed server is paid for twice', () => {
		console.log(`  ${inHand} of ${itemCount} items were in its hands`);
		const counts = callsAbout(topology, topic).map((calls) => calls.length);
		assert.ok(inHand > 0);
		const expected = Array.from({ length: itemCount }, (_, item) => (item < itemCount - inHand ? 1 : 2));
		assert.deepEqual(counts.toSorted(), expected);
	});
	modelHost.fault = undefined;

	await check(
		'replicas: meanwhile the other two answer everything; started again, the third one takes its part',
		async () => {
			const next = 'two of three';
			assert.equal((await run(topology, next)).length, itemCount);
			hosts.replicas[victim] = await hosts.replicas[victim]!.restart();
			await until(async () => {
				for (let call = 0; call < 12; call++)
					await topology.api.post('/completion-model-config', {
						model_config_id: topology.configId,
						inputs: { name: 'x', topic: 'x' },
					});
				return answeredBy(topology)[victim]! > 0;
			});
		},
	);
}
