const v8 = require('node:v8');
const vm = require('node:vm');

/*
 * Loaded by n8n itself (EXTERNAL_HOOK_FILES): tells the benchmark, over the channel between the two processes, what n8n has
 * recorded of each execution; and collects garbage when asked, so that no run pays for the one before.
 */
v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc');

process.on('message', ({ flavor }) => {
	collectGarbage({ type: 'major', execution: 'sync', flavor });
	process.send('collected');
});
process.channel?.unref();

/** Which input item an output item answers: n8n writes it as a number or as an object. */
const answeredItem = ({ pairedItem }) => pairedItem?.item ?? pairedItem;

module.exports = {
	workflow: {
		// The last of n8n's own steps: the execution has been saved by then (n8n 2.41.1, execution-lifecycle-hooks.js).
		postExecute: [
			async ({ data, status }) => {
				const { runData, error, lastNodeExecuted } = data.resultData;
				const milliseconds = Object.fromEntries(
					Object.entries(runData).map(([name, runs]) => [name, runs.reduce((sum, run) => sum + run.executionTime, 0)]),
				);
				const output = runData[lastNodeExecuted]?.[0]?.data?.main?.[0] ?? [];
				const answered = output.filter((item) => !item.error && !item.json.error).map(answeredItem);
				process.send({ status, error: error?.message, lastNode: lastNodeExecuted, milliseconds, answered });
			},
		],
	},
};
