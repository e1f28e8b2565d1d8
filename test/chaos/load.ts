import type { LoadedPackage } from '../harness/loadPackage.ts';
import { runNode } from '../harness/runNode.ts';

const executionsAtOnce = 4;
const itemsPerExecution = 20;

export interface GivenResponse {
	id: string;
	output: string;
}

/** What the node has given out for each item's name: by its execution, then by the repeat of that. */
export interface LoadOutcome {
	executions: number;
	responses: Map<string, GivenResponse[]>;
	names: string[];
}

/** Runs executions, several at once, plain and streamed in turn, until told to stop; each one twice. */
export async function runLoad(
	loaded: LoadedPackage,
	credentials: { apiKey: string; baseUrl: string },
	projectId: string,
	configId: string,
	isOver: () => boolean,
): Promise<LoadOutcome> {
	const outcome: LoadOutcome = { executions: 0, responses: new Map(), names: [] };
	const runSome = async () => {
		while (!isOver()) {
			const executionId = String(++outcome.executions);
			const items = Array.from({ length: itemsPerExecution }, (_, item) => ({
				name: `execution ${executionId}, item ${item}`,
			}));
			outcome.names.push(...items.map(({ name }) => name));
			// As a worker does with a job that it takes for stalled.
			await runOne(executionId, items);
			await runOne(executionId, items);
		}
	};
	const runOne = async (executionId: string, items: Array<{ name: string }>) => {
		for (let tries = 0; tries < 10; tries++) {
			const { success, failure } = await runNode(loaded, {
				items,
				executionId,
				credentials,
				parameters: {
					project: { __rl: true, mode: 'id', value: projectId },
					modelConfig: { __rl: true, mode: 'id', value: configId },
					inputs: { mappingMode: 'defineBelow', value: { name: '={{ $json.name }}' } },
					options: { maxRetries: 20, ...(Number(executionId) % 2 === 0 && { stream: true }) },
				},
			});
			if (failure) continue;
			for (const { json, pairedItem } of success) {
				const { name } = items[(pairedItem as { item: number }).item]!;
				outcome.responses.set(name, [
					...(outcome.responses.get(name) ?? []),
					{ id: String(json.id), output: String(json.output) },
				]);
			}
			return;
		}
	};
	await Promise.all(Array.from({ length: executionsAtOnce }, runSome));
	return outcome;
}
